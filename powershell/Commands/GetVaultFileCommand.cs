using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultFile: the files of the account at their newest versions, and those that others gave.</summary>
/// <remarks>The server cannot read names: wildcards are matched here. Names are case-sensitive, and * matches across
/// folders.</remarks>
/// <example>
/// <para>Lists every file, own and received.</para>
/// <code>
/// Get-VaultFile
/// </code>
/// </example>
/// <example>
/// <para>Lists the PDF files of a folder.</para>
/// <code>
/// Get-VaultFile papers/*.pdf
/// </code>
/// </example>
/// <example>
/// <para>Lists what others gave.</para>
/// <code>
/// Get-VaultFile -Shared
/// </code>
/// </example>
/// <example>
/// <para>Lists every version of a file that is kept.</para>
/// <code>
/// Get-VaultFile papers/plan.pdf -Versions
/// </code>
/// </example>
/// <example>
/// <para>Lists what is in the trash.</para>
/// <code>
/// Get-VaultFile -Trash
/// </code>
/// </example>
/// <seealso cref="ReceiveVaultFileCommand"/>
/// <seealso cref="SendVaultFileCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultFile", DefaultParameterSetName = ByName)]
[OutputType(typeof(VaultFile))]
public sealed class GetVaultFileCommand : QueryCmdlet
{
    /// <summary>Names with wildcards; every file when nothing is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Names exactly as they are: <c>[</c>, <c>]</c>, <c>*</c> and <c>?</c> stand for themselves.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = ByLiteralName, HelpMessage = "The exact name of a file in the vault.")]
    [ArgumentCompleter(typeof(VaultFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralName { get; set; }

    /// <summary>Ids of files.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ById,
        HelpMessage = "The id of a file: 32 hexadecimal digits.")]
    [FileIdText]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only files that others gave.</summary>
    [Parameter]
    public SwitchParameter Shared { get; set; }

    /// <summary>Only files that are in the trash.</summary>
    [Parameter]
    public SwitchParameter Trash { get; set; }

    /// <summary>Every version that is kept, the oldest first; of a file that somebody gave there is one.</summary>
    [Parameter]
    public SwitchParameter Versions { get; set; }

    private protected override IEnumerable<string> Places => Name ?? [];

    private protected override FileScope Scope => Trash ? FileScope.Trash : Shared ? FileScope.Received : FileScope.All;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Need(null, () =>
        {
            if (Trash && Shared)
            {
                throw new ArgumentException("-Trash and -Shared exclude each other: only files of one's own are in the trash.");
            }
        });
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        var found = new List<VaultFile>();
        Action<VaultFile> show = Versions ? found.Add : WriteObject;
        if (ParameterSetName == ByName && Name is null)
        {
            QueryAll(show);
        }
        else
        {
            Query(Name, LiteralName, Id, show);
        }

        foreach (var file in found)
        {
            TryItem(file, () => WriteObject(
                file.Owner is null ? Await(stop => UsedSession.ListVersionsAsync(file.Id, stop)) : [file], enumerateCollection: true));
        }
    }
}
