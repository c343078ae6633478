using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What an account's grain does for registrations that wait for a mailed code; for silos only.</summary>
[Alias("vault.user-registration")]
internal interface IUserRegistration : IGrainWithStringKey
{
    /// <summary>Keeps a registration until its code comes back, and mails the code; where there is an account already, a notice.</summary>
    /// <returns>False where the address is another account's by now, or nobody's: claim it and ask that one.</returns>
    [Alias("ask-for-confirmation")]
    Task<bool> AskForConfirmation(RegistrationFinishRequest request);

    /// <summary>Notes the code that is about to be mailed; null where no mail is wanted any more.</summary>
    [Alias("issue-confirmation")]
    Task<IssuedConfirmation?> IssueConfirmation(CommandId asked, byte[] codeHash);
}

/// <summary>Whom a mail goes to, and what it says.</summary>
/// <param name="ExpiresAt">When the code ends; null where the address has an account, and there is no code.</param>
[GenerateSerializer, Immutable]
internal sealed record IssuedConfirmation(
    [property: Id(0)] string Email, [property: Id(1)] string ServerKey, [property: Id(2)] DateTimeOffset? ExpiresAt);
