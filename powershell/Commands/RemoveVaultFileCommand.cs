using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultFile: deletes files from the vault with all their versions.</summary>
[Cmdlet(VerbsCommon.Remove, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
public sealed class RemoveVaultFileCommand : QueryCmdlet
{
    /// <summary>Names with wildcards.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByName,
        HelpMessage = "The name of a file in the vault; may hold wildcards.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Names exactly as they are.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = ByLiteralName, HelpMessage = "The exact name of a file in the vault.")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralName { get; set; }

    /// <summary>Ids of files.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById, HelpMessage = "The id of a file: 32 hexadecimal digits.")]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Files as Get-VaultFile returns them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject,
        HelpMessage = "A file as Get-VaultFile returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultFile[]? InputObject { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        // Found first, removed then: a list is not walked while it shrinks.
        var files = new List<VaultFile>(InputObject ?? []);
        Query(Name, LiteralName, Id, files.Add);
        foreach (var file in files)
        {
            if (ShouldProcess(file.Name, "Remove from the vault with all its versions"))
            {
                TryItem(file, () => Await((_, stop) => UsedSession.RemoveAsync(file.Id, stop)));
            }
        }
    }
}
