using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell;

/// <summary>A cmdlet about the history of files, or of the account where no file is named.</summary>
public abstract class HistoryCmdlet : QueryCmdlet
{
    /// <summary>Names of files, with wildcards; the account when no file is named.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
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
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject, HelpMessage = "A file as Get-VaultFile returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultFile[]? InputObject { get; set; }

    private protected override FileScope Scope => FileScope.Own;

    private protected override IEnumerable<string> Places => Name ?? [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByName && Name is null)
        {
            TryItem(UsedSession.Email, () => Process(null));
            return;
        }

        var files = new List<VaultFile>(InputObject ?? []);
        Query(Name, LiteralName, Id, files.Add);
        foreach (var file in files)
        {
            TryItem(file, () => Process(file));
        }
    }

    /// <summary>Does it for one file; null for the account.</summary>
    private protected abstract void Process(VaultFile? file);
}
