using Orleans.Concurrency;

namespace Vault.Grains.Users;

/// <summary>What an account's grain does after it was closed; for silos only.</summary>
[Alias("vault.user-closing")]
internal interface IUserClosing : IGrainWithStringKey
{
    /// <summary>Where the notice goes; null where the account is not closed, or erased already.</summary>
    [Alias("closed-address"), AlwaysInterleave]
    Task<string?> GetClosedAddress();
}
