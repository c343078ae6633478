using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Copy-VaultFile: makes another file of the account out of a stored one; its content stays where it is.</summary>
/// <remarks>Nothing but names and signatures travels, however long the file is. Original and copy are files of their own: removing, renaming
/// or sharing one leaves the other as it is, and those who have the original are not given the copy. Both have one content under one file
/// key: Revoke-VaultShare -Rekey of one does not reach the other, which is then to be rekeyed or removed, too. A copy counts its whole length
/// in the quota. A file with a password of its own needs the password, and the copy has the same. Files that somebody gave cannot be copied:
/// Receive-VaultFile and Send-VaultFile make them your own.</remarks>
/// <example>
/// <para>Copies a file to another folder of the vault.</para>
/// <code>
/// Copy-VaultFile papers/old.txt copies/old.txt
/// </code>
/// </example>
/// <example>
/// <para>Copies all text files of a folder; a name that ends in a slash is the folder to copy them into.</para>
/// <code>
/// Get-VaultFile papers/*.txt | Copy-VaultFile -NewName copies/
/// </code>
/// </example>
/// <example>
/// <para>Makes the first version of a file its newest again.</para>
/// <code>
/// Copy-VaultFile papers/plan.pdf papers/plan.pdf -Version 1 -Force
/// </code>
/// </example>
/// <example>
/// <para>Copies a file that was sent with a password of its own, and shows the copy.</para>
/// <code>
/// Copy-VaultFile secret.pdf copies/secret.pdf -Password (Read-Host 'Password of the file' -AsSecureString) -PassThru
/// </code>
/// </example>
/// <seealso cref="RenameVaultFileCommand"/>
/// <seealso cref="GetVaultFileCommand"/>
/// <seealso cref="SendVaultFileCommand"/>
[Cmdlet(VerbsCommon.Copy, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(VaultFile))]
public sealed class CopyVaultFileCommand : NewNameCmdlet
{
    private const string Wanted = "The copy's name in the vault, or a folder that ends in a slash.";

    // A script block is taken in every set; with -Name, the property would have the whole object taken for the name of a file.
    /// <summary>The copy's name in the vault, folders and all. One that ends in a slash is a folder: each copy keeps the last part of its
    /// name there.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralName, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ById, HelpMessage = Wanted)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByObject, HelpMessage = Wanted)]
    [NoScriptBlock]
    [ArgumentCompleter(typeof(VaultNewNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>This version of each file; the newest when it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultVersionCompleter))]
    [ValidateRange(1, int.MaxValue)]
    public int? Version { get; set; }

    /// <summary>Where the name is in use, make the copy that file's next version.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the copies.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    // Received ones too, so that the error says what to do about them.
    private protected override FileScope Scope => FileScope.All;

    // A backslash is a character like others in names, and parts folders on a drive.
    private bool IntoFolder => NewName.EndsWith('/') || (NewName.EndsWith('\\') && NewVaultName(NewName) != NewName);

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        using var password = FilePassword();
        var target = Need(NewName, () => NewVaultName(NewName));
        var files = Selected();
        if (files.Count > 1 && !IntoFolder)
        {
            TryItem(NewName, () => throw new ArgumentException(
                $"-NewName names one file, and {files.Count} are to be copied: end it with a slash to copy them into a folder."));
            return;
        }

        foreach (var file in files)
        {
            var name = IntoFolder ? $"{target.TrimEnd('/')}/{file.Name.Split('/')[^1]}".TrimStart('/') : target;
            TryItem(file, () => Copy(file, name, new CopyOptions { Password = password, Overwrite = Force }));
        }
    }

    private void Copy(VaultFile file, string target, CopyOptions options)
    {
        if (target == file.Name && Version is null)
        {
            throw new ArgumentException($"'{target}' cannot be copied onto itself.");
        }

        if (!ShouldProcess(file.Name, $"Copy to '{target}'"))
        {
            return;
        }

        var copy = Await(async stop =>
        {
            var wanted = Version is { } version && file.Owner is null ? await UsedSession.GetVersionAsync(file.Id, version, stop) : file;
            return await UsedSession.CopyAsync(wanted, target, options, stop);
        });
        foreach (var lost in copy.Lost)
        {
            WriteWarning($"{lost.Person} had '{target}' before and does not have the new version: {lost.Reason}");
        }

        if (PassThru)
        {
            WriteObject(copy);
        }
    }
}
