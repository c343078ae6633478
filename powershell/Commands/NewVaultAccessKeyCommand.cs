using System.Management.Automation;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>New-VaultAccessKey: makes a file that signs in without a password, for scripts that run unattended.</summary>
/// <remarks>
/// <para>The file holds a secret and nobody but its owner can read it; on Windows it inherits the rights of its folder. What the key can
/// do is decided by the keys that it leads to, not by the server alone: ReadOnly opens and names files and can sign nothing, SendOnly
/// seals and signs new versions and can open nothing, All does everything with files and shares. None of them changes the account.</para>
/// <para>It needs a session whose password was typed in the last ten minutes. Remove-VaultAccessKey, a reset of the password, Set-VaultPassword
/// -RotateKeys and its expiry end the key at its next request, on open connections too. Keys that its holder, or a thief of the file, has already fetched from the
/// server stay known to them: after a theft of a key that can read, rotate your keys.</para>
/// </remarks>
/// <example>
/// <para>Makes a key for a nightly backup: it can send and open nothing.</para>
/// <code>
/// New-VaultAccessKey ./backup.key -Scope SendOnly -Name 'nightly backup'
/// </code>
/// </example>
/// <example>
/// <para>Makes a key for a report that reads for a month, and signs in with it.</para>
/// <code>
/// New-VaultAccessKey ./report.key -Scope ReadOnly -ExpiresAt ([DateTimeOffset]::Now.AddDays(30))
/// Connect-Vault -AccessKey ./report.key
/// </code>
/// </example>
/// <seealso cref="GetVaultAccessKeyCommand"/>
/// <seealso cref="RemoveVaultAccessKeyCommand"/>
/// <seealso cref="ConnectVaultCommand"/>
[Cmdlet(VerbsCommon.New, "VaultAccessKey", SupportsShouldProcess = true)]
[OutputType(typeof(AccessKeyEntry))]
public sealed class NewVaultAccessKeyCommand : SessionCmdlet
{
    private const int DefaultDays = 365;

    /// <summary>Where the key's file is written; there must be none yet.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "Where the key's file is written.")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>What the key can do.</summary>
    [Parameter(Mandatory = true, HelpMessage = "All, ReadOnly or SendOnly.")]
    public AccessScope Scope { get; set; }

    /// <summary>What the account's list calls it; the file's name when it is not given.</summary>
    [Parameter]
    [ValidateLength(1, NewAccessKeyRequest.MaxNameLength)]
    public string? Name { get; set; }

    /// <summary>When the key ends by itself; in a year when it is not given.</summary>
    [Parameter]
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var path = Need(Path, () => GetUnresolvedProviderPathFromPSPath(Path));
        var name = Name ?? System.IO.Path.GetFileName(path);
        if (ShouldProcess(path, $"Make an access key that signs in as {UsedSession.Email} ({Scope})"))
        {
            var now = DateTimeOffset.UtcNow;
            var end = ExpiresAt ?? now.AddDays(DefaultDays);
            Need(end, () =>
            {
                if (end <= now || end > now.AddYears(NewAccessKeyRequest.MaxYears))
                {
                    throw new ArgumentException($"-ExpiresAt must lie ahead, {NewAccessKeyRequest.MaxYears} years at most: it is {end:u}.");
                }
            });
            WriteObject(Need(path, () => Await(stop => UsedSession.CreateAccessKeyAsync(name, Scope, end, path, stop))));
        }
    }
}
