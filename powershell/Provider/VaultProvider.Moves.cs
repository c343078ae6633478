using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>What Rename-Item and Move-Item do inside a drive: other names, and no content that moves.</summary>
public sealed partial class VaultProvider
{
    /// <inheritdoc />
    protected override object RenameItemDynamicParameters(string path, string newName) => new VaultPasswordParameters();

    /// <inheritdoc />
    protected override object MoveItemDynamicParameters(string path, string destination) =>
        new VaultTargetParameters { Destination = destination };

    /// <inheritdoc />
    protected override void RenameItem(string path, string newName) => Try(path, name =>
    {
        if (NameOf(newName).Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{newName}' is a path: Rename-Item gives a name in the same folder, Move-Item another folder.");
        }

        var slash = name.LastIndexOf('/');
        Move(name, name[..(slash + 1)] + NameOf(newName));
    });

    /// <inheritdoc />
    protected override void MoveItem(string path, string destination) => Try(path, name =>
    {
        MustStayInTheAccount();
        Move(name, Into(destination, name));
    });

    private void Move(string name, string target)
    {
        if (Wait(stop => Drive.Index.FindFileAsync(name, stop)) is { } file)
        {
            MustFit(target, isFolder: false);
            if (Rename(file, target) is { } renamed)
            {
                WriteItemObject(renamed, target, isContainer: false); // with -PassThru it is seen
            }

            return;
        }

        MustFit(target, isFolder: true);
        if (Wait(stop => Drive.Index.FindFolderAsync(target, stop)) is not null)
        {
            throw new ArgumentException($"There is a folder '{target}' already. Choose another name.");
        }

        var moved = new List<VaultFile>();
        foreach (var one in Wait(stop => Drive.Index.FilesBelowAsync(name, stop)))
        {
            Try(one.Name, _ =>
            {
                if (Rename(one, target + one.Name[name.Length..]) is { } renamed)
                {
                    moved.Add(renamed);
                }
            });
        }

        if (moved.Count > 0)
        {
            WriteItemObject(FolderIndex.Folder(target, moved), target, isContainer: true);
        }
    }

    /// <summary>The file with its new name; null where the person did not want it.</summary>
    private VaultFile? Rename(VaultFile file, string target)
    {
        if (!ShouldProcess(file.Name, $"Rename to '{target}'"))
        {
            return null;
        }

        using var password = (DynamicParameters as VaultPasswordParameters)?.Password?.ToSecretBytes();
        var renamed = Wait(stop => Drive.Session.RenameAsync(file, target, password, stop));
        Changed();
        return renamed;
    }
}
