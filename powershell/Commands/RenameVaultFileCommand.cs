using System.Management.Automation;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Rename-VaultFile: gives a file of the account another name; its content stays where it is.</summary>
/// <remarks>The newest version gets the name, and those who have the file see it. A file with a password of its own needs the password: its
/// name is sealed under the file's key, too. Nothing is replaced: the new name must be free.</remarks>
/// <example>
/// <para>Moves a file to another folder of the vault.</para>
/// <code>
/// Rename-VaultFile papers/old.txt archive/old.txt
/// </code>
/// </example>
/// <example>
/// <para>Gives all text files another ending; the script block makes each file's new name.</para>
/// <code>
/// Get-VaultFile papers/*.txt | Rename-VaultFile -NewName { $_.Name -replace '\.txt$', '.md' }
/// </code>
/// </example>
/// <example>
/// <para>Renames a file that was sent with a password of its own, and shows it.</para>
/// <code>
/// Rename-VaultFile secret.pdf letters/secret.pdf -Password (Read-Host 'Password of the file' -AsSecureString) -PassThru
/// </code>
/// </example>
/// <seealso cref="GetVaultFileCommand"/>
/// <seealso cref="SendVaultFileCommand"/>
[Cmdlet(VerbsCommon.Rename, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(VaultFile))]
public sealed class RenameVaultFileCommand : NewNameCmdlet
{
    private const string Wanted = "The new name in the vault, folders and all.";

    // A script block is taken in every set; with -Name, the property would have the whole object taken for the name of a file.
    /// <summary>The new name in the vault, folders and all.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralName, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ById, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByObject, HelpMessage = Wanted)]
    [NoScriptBlock]
    [ArgumentCompleter(typeof(VaultNewNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>Return the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override FileScope Scope => FileScope.Own;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        using var password = FilePassword();
        var target = Need(NewName, () => NewVaultName(NewName));
        var files = Selected();
        if (files.Count > 1)
        {
            TryItem(NewName, () => throw new ArgumentException($"-NewName names one file, and {files.Count} are to be renamed."));
            return;
        }

        foreach (var file in files)
        {
            TryItem(file, () => Rename(file, target, password));
        }
    }

    private void Rename(VaultFile file, string target, SecretBytes? password)
    {
        // On a drive the slash is gone from the name, and the file would take the folder's.
        if (target != NewName && NewName[^1] is '/' or '\\')
        {
            throw new ArgumentException($"'{NewName}' is a folder: -NewName is the whole name, '{NewName}{file.Name.Split('/')[^1]}'.");
        }

        if (!ShouldProcess(file.Name, $"Rename to '{target}'"))
        {
            return;
        }

        var renamed = Await(stop => UsedSession.RenameAsync(file, target, password, stop));
        if (PassThru)
        {
            WriteObject(renamed);
        }
    }
}
