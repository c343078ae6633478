using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Receive-VaultFile: brings files back from the vault, own and received, and decrypts them here.</summary>
/// <remarks>A file appears whole and verified, or not at all.</remarks>
/// <example>
/// <para>Brings a file back to the current folder.</para>
/// <code>
/// Receive-VaultFile papers/plan.pdf
/// </code>
/// </example>
/// <example>
/// <para>Brings all files of a folder back and lists what was written.</para>
/// <code>
/// Get-VaultFile papers/* | Receive-VaultFile -Destination ./back/ -PassThru
/// </code>
/// </example>
/// <example>
/// <para>Brings back a file that was sent with a password of its own.</para>
/// <code>
/// $password = Read-Host 'Password of the file' -AsSecureString
/// Receive-VaultFile secret.pdf -Destination ./back/ -Password $password
/// </code>
/// </example>
/// <example>
/// <para>Brings back how a file was before it was sent again.</para>
/// <code>
/// Receive-VaultFile papers/plan.pdf -Destination ./plan-1.pdf -Version 1
/// </code>
/// </example>
/// <seealso cref="GetVaultFileCommand"/>
/// <seealso cref="SendVaultFileCommand"/>
/// <seealso cref="ExportVaultFileCommand"/>
[Cmdlet(VerbsCommunications.Receive, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ReceiveVaultFileCommand : FetchCmdlet
{
    private protected override string Activity => "Receive from the vault";

    /// <summary>Write only these bytes of each file: <c>0-1023</c>, <c>1024-</c> to the end, <c>-512</c> for the last ones. Only the parts
    /// that hold them are fetched.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Range { get; set; }

    /// <summary>This version of each file of one's own; the newest when it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultVersionCompleter))]
    [ValidateRange(1, int.MaxValue)]
    public int? Version { get; set; }

    private protected override VaultFile Wanted(VaultFile file) => Version is not { } version || version == file.Version
        ? file
        : Await(stop => UsedSession.GetVersionAsync(file.Id, version, stop));

    private protected override ByteRange? Bytes => Range is null ? null : Need(Range, () => ByteRange.TryParse(Range, out var range)
        ? range
        : throw new ArgumentException($"'{Range}' is no range of bytes: write 0-1023, 1024- or -512."));

    private protected override IAsyncEnumerable<ReceiveResult> FetchAsync(
        IReadOnlyList<ReceiveItem> items, ReceiveOptions options, IProgress<TransferProgress>? progress, CancellationToken stop) =>
        UsedSession.ReceiveManyAsync(items, options, progress, stop);
}
