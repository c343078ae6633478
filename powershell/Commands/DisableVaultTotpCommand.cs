using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Disable-VaultTotp: signing in needs the password alone again.</summary>
/// <remarks>It needs a code too, so that a session left open cannot take the second factor away. Wrong codes are counted and limited.</remarks>
/// <example>
/// <para>Switches off with the code that the app shows.</para>
/// <code>
/// Disable-VaultTotp -OneTimeCode (Read-Host 'Code')
/// </code>
/// </example>
/// <example>
/// <para>Begins anew with another app: off with a backup code, then a new secret.</para>
/// <code>
/// Disable-VaultTotp -OneTimeCode (Read-Host 'Backup code')
/// Enable-VaultTotp
/// </code>
/// </example>
/// <seealso cref="EnableVaultTotpCommand"/>
[Cmdlet(VerbsLifecycle.Disable, "VaultTotp", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class DisableVaultTotpCommand : SessionCmdlet
{
    /// <summary>The code that the authenticator shows, or a backup code.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The code that your authenticator shows, or a backup code.")]
    [ValidateNotNullOrEmpty]
    public string OneTimeCode { get; set; } = "";

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (ShouldProcess(UsedSession.Email, "Ask for no one-time codes any more"))
        {
            Need(UsedSession.Email, () => Await((_, stop) => UsedSession.DisableTotpAsync(OneTimeCode, stop)));
        }
    }
}
