using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Registration;

/// <summary>Takes registrations that a mailed code has to confirm; one for each address, with or without an account, keyed by a keyed
/// hash of it.</summary>
[Alias("vault.registration-desk")]
internal interface IRegistrationDeskGrain : IGrainWithStringKey
{
    /// <summary>Takes a request or says how long to wait; what becomes of it begins after the answer.</summary>
    [Alias("ask")]
    Task<Outcome<RegistrationFinishReply>> Ask(RegistrationFinishRequest request);
}
