using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Enable-VaultTotp: first hands out a secret for an authenticator app; with a code of that app it switches the
/// second factor on and hands out backup codes.</summary>
/// <remarks>
/// <para>Without -OneTimeCode it only shows a secret; nothing is on yet, and another call shows another one. With the code that the app
/// shows for it, signing in needs such a code from then on, beside the password. Access keys go on without.</para>
/// <para>The backup codes are shown once. Each signs you in once when the app is lost; Disable-VaultTotp takes one too. Where
/// the connection is lost when the second factor may be on already, they are written out all the same, with an error that says what to do; a
/// script that errors end finds them in that error's <c>TargetObject</c>.</para>
/// </remarks>
/// <example>
/// <para>Shows the secret as text for the app, to type or to make a QR code of.</para>
/// <code>
/// Enable-VaultTotp
/// </code>
/// </example>
/// <example>
/// <para>Switches on with the code that the app shows now, and keeps the backup codes.</para>
/// <code>
/// $backup = Enable-VaultTotp -OneTimeCode (Read-Host 'Code')
/// $backup.Codes
/// </code>
/// </example>
/// <seealso cref="DisableVaultTotpCommand"/>
/// <seealso cref="ConnectVaultCommand"/>
[Cmdlet(VerbsLifecycle.Enable, "VaultTotp", SupportsShouldProcess = true)]
[OutputType(typeof(VaultTotpSetup), typeof(VaultBackupCodes))]
public sealed class EnableVaultTotpCommand : SessionCmdlet
{
    /// <summary>The code that the authenticator shows for the secret handed out last.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? OneTimeCode { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(UsedSession.Email, OneTimeCode is null ? "Make a secret for one-time codes" : "Ask for one-time codes at every sign-in"))
        {
            return;
        }

        if (OneTimeCode is null)
        {
            using var setup = Need(UsedSession.Email, () => Await(UsedSession.PrepareTotpAsync));
            WriteWarning(
                "Nothing is switched on yet. Put the secret into your authenticator app, then run Enable-VaultTotp -OneTimeCode "
                + "with the code that it shows.");
            WriteObject(new VaultTotpSetup(UsedSession.Email, setup.Reveal().MoveToSecureString()));
            return;
        }

        var enabled = Need(UsedSession.Email, () => Await(stop => UsedSession.EnableTotpAsync(OneTimeCode, stop)));
        HandOut(
            new VaultBackupCodes(UsedSession.Email, enabled.BackupCodes), enabled.Failure,
            "Write down the backup codes and keep them away from this machine: each signs you in once when the authenticator is lost. "
            + "They are shown this once.");
    }
}
