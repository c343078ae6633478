using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>What Remove-Item and New-Item do. What is removed goes to the trash, as Remove-VaultFile has it.</summary>
public sealed partial class VaultProvider
{
    /// <inheritdoc />
    protected override void RemoveItem(string path, bool recurse) => Try(path, name =>
    {
        if (Wait(stop => Drive.Index.FindFileAsync(name, stop)) is { } file)
        {
            Remove(file);
            return;
        }

        var below = Wait(stop => Drive.Index.FilesBelowAsync(name, stop));
        if (!recurse && below.Count > 0)
        {
            throw new ArgumentException($"'{name}' is a folder with {below.Count} files in it: pass -Recurse to remove them.");
        }

        foreach (var one in below)
        {
            Try(one.Name, _ => Remove(one));
        }
    });

    /// <summary>There are no folders but those that a file is in, and files come with Send-VaultFile or Set-Content.</summary>
    protected override void NewItem(string path, string itemTypeName, object newItemValue) => Try(path, name =>
        throw new ArgumentException(itemTypeName?.StartsWith("d", StringComparison.OrdinalIgnoreCase) == true // Directory, in short too
            ? $"A folder is there as long as a file is in it: '{name}' comes with the first that Send-VaultFile or Set-Content stores there."
            : $"New-Item makes nothing in the vault: Set-Content stores text as '{name}', and Send-VaultFile a file."));

    private void Remove(VaultFile file)
    {
        if (ShouldProcess(file.Name, "Move to the trash"))
        {
            Wait(stop => Drive.Session.TrashAsync(file, stop));
            Changed();
        }
    }

    private void Changed() => Completion.SessionLists.Outdate(Drive.Session);
}
