using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <summary>Where recovery codes are asked for; one for each address, with or without an account, keyed by a keyed hash of it.</summary>
[Alias("vault.recovery-desk")]
internal interface IRecoveryDeskGrain : IGrainWithStringKey
{
    /// <summary>Takes a request or says how long to wait; what becomes of it begins after the answer.</summary>
    [Alias("request")]
    Task<Outcome<Done>> Request(RecoveryRequest request);
}
