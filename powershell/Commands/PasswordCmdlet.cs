using System.Management.Automation;
using System.Security;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that changes what opens the account, which needs the password anew.</summary>
public abstract class PasswordCmdlet : SessionCmdlet
{
    private protected const string ByPassword = "Password", BySecret = "PasswordSecret";

    /// <summary>The present password of the account.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPassword, HelpMessage = "The present password of your account.")]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The name of a secret in the SecretManagement module that holds the present password.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = BySecret,
        HelpMessage = "The name of the secret that holds the present password of your account.")]
    [ValidateNotNullOrEmpty]
    public string? PasswordSecret { get; set; }

    /// <summary>The code of your authenticator, or a backup code, where the account has a second factor. Asked for when it is
    /// missing.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OneTimeCode { get; set; }

    /// <summary>Makes the change; what fails ends the cmdlet. The person is asked for the code of the second factor where one is missing.</summary>
    private protected T Change<T>(Func<string?, CancellationToken, Task<T>> change) =>
        Need(UsedSession.Email, () => WithCode(OneTimeCode, code => Await(stop => change(code, stop))));

    /// <summary>Goes on with another session in the place of the one that was used.</summary>
    private protected void Use(VaultSession session)
    {
        if (ReferenceEquals(session, UsedSession))
        {
            return;
        }

        SessionTable.Current.End(UsedSession);
        Await(async (_, _) => await UsedSession.DisposeAsync());
        SessionTable.Current.Add(session);
    }

    /// <summary>Hands out a new recovery key, once.</summary>
    /// <param name="key">Disposed here.</param>
    /// <param name="failure">Why it may not be the account's.</param>
    private protected void HandOut(RecoveryKey key, Exception? failure)
    {
        const string WriteDown = "Write down the recovery key and keep it away from this machine. It is shown this once";
        using (key)
        {
            HandOut(
                UsedSession.Server, UsedSession.Email, key, failure,
                failure is null ? WriteDown + "; the one before opens nothing any more." : WriteDown + ". Keep the one before, too.");
        }
    }
}
