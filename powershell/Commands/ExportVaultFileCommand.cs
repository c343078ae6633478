using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Export-VaultFile: writes files as complete age files, or the age identity that opens them, so that
/// everything can be opened without this module.</summary>
/// <remarks>The identity opens every file that is sealed to the account: whoever has it needs no password.</remarks>
/// <example>
/// <para>Writes the encrypted file as it is stored.</para>
/// <code>
/// Export-VaultFile papers/plan.pdf -Destination ./out/
/// </code>
/// <para>The file out/papers/plan.pdf.age opens with any age implementation.</para>
/// </example>
/// <example>
/// <para>Writes the identity that opens every file sealed to the account.</para>
/// <code>
/// Export-VaultFile -IdentityPath ./identity.txt
/// </code>
/// <para>Guard it: age -d -i identity.txt opens what you exported, and needs no password.</para>
/// </example>
/// <seealso cref="ReceiveVaultFileCommand"/>
[Cmdlet(VerbsData.Export, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportVaultFileCommand : FetchCmdlet
{
    private const string ByIdentity = "Identity";

    /// <summary>Where to write the account's age identity (<c>AGE-SECRET-KEY-PQ-1…</c>), readable by the person alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByIdentity, HelpMessage = "The path of the file for the identity.")]
    [ValidateNotNullOrEmpty]
    public string? IdentityPath { get; set; }

    private protected override string Activity => "Export from the vault";

    private protected override string Suffix => ".age";

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (IdentityPath is { } typed)
        {
            TryItem(typed, () => WriteIdentity(ResolveFilePath(typed)));
        }
        else
        {
            base.EndProcessing();
        }
    }

    private protected override IAsyncEnumerable<ReceiveResult> FetchAsync(
        IReadOnlyList<ReceiveItem> items, ReceiveOptions options, IProgress<TransferProgress>? progress, CancellationToken stop) =>
        UsedSession.ExportManyAsync(items, options, progress, stop);

    private void WriteIdentity(string path)
    {
        if (!ShouldProcess(path, "Write the account's secret age identity"))
        {
            return;
        }

        UsedSession.ExportIdentities(path, Force);
        if (PassThru)
        {
            WriteFile(path);
        }
    }
}
