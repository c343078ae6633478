using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Disable-VaultTotp: signing in needs the password alone again.</summary>
/// <remarks>The secret and the backup codes are of no use afterwards: Enable-VaultTotp makes new ones.</remarks>
/// <example>
/// <para>Switches the second factor off.</para>
/// <code>
/// $code = Read-Host 'Code of the authenticator, or a backup code'
/// Disable-VaultTotp -OneTimeCode $code
/// </code>
/// </example>
/// <example>
/// <para>Says what would be done, and does nothing.</para>
/// <code>
/// $code = Read-Host 'Code of the authenticator, or a backup code'
/// Disable-VaultTotp $code -WhatIf
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
