using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell;

/// <summary>A cmdlet that does something to files that the person must name or pass in.</summary>
public abstract class FileSelectionCmdlet : QueryCmdlet
{
    /// <summary>Names with wildcards.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByName,
        HelpMessage = "The name of a file in the vault; may hold wildcards.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Names exactly as they are.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralName,
        HelpMessage = "The exact name of a file in the vault.")]
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

    /// <summary>Files as Get-VaultFile returns them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject,
        HelpMessage = "A file as Get-VaultFile returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultFile[]? InputObject { get; set; }

    private protected override IEnumerable<string> Places => Name ?? [];

    /// <summary>The files of this record of the pipeline: found first, then acted upon, so that no list is walked while
    /// it changes.</summary>
    private protected List<VaultFile> Selected()
    {
        var files = new List<VaultFile>(InputObject ?? []);
        Query(Name, LiteralName, Id, files.Add);
        return files;
    }

    /// <summary>The newest version of the file that a share is of.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: somebody else gave it.</exception>
    private protected VaultFile FileOf(VaultShare share, string what) => share.Direction == ShareDirection.Given
        ? Await(stop => UsedSession.GetNewestAsync(share.File, stop))
        : throw new VaultException(VaultErrorCode.NotPermitted, $"'{share.Name}' belongs to {share.Person}.", $"Only its owner can {what}.");
}
