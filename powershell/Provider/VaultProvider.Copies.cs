using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>What Copy-Item does inside a drive, as Copy-VaultFile: no content moves. What has the name already gets another version, as
/// Copy-Item replaces files.</summary>
public sealed partial class VaultProvider
{
    /// <inheritdoc />
    protected override object CopyItemDynamicParameters(string path, string destination, bool recurse) =>
        new VaultTargetParameters { Destination = destination };

    /// <inheritdoc />
    protected override void CopyItem(string path, string copyPath, bool recurse) => Try(path, name =>
    {
        MustStayInTheAccount();
        var target = Into(copyPath, name);
        if (Wait(stop => Drive.Index.FindFileAsync(name, stop)) is { } file)
        {
            MustFit(target, isFolder: false);
            Copy(file, target);
            return;
        }

        var below = Wait(stop => Drive.Index.FilesBelowAsync(name, stop));
        if (!recurse)
        {
            throw new ArgumentException($"'{name}' is a folder with {below.Count} files in it: pass -Recurse to copy them.");
        }

        MustFit(target, isFolder: true);
        foreach (var one in below)
        {
            Try(one.Name, _ => Copy(one, target + one.Name[name.Length..]));
        }
    });

    /// <summary>Refuses what would go to a drive of another account: the engine hands over both places without their drives, and the
    /// destination would be taken for one in the account that the source is in.</summary>
    private void MustStayInTheAccount()
    {
        var account = SessionTable.FullName(Drive.Session);
        if ((DynamicParameters as VaultTargetParameters)?.Destination is { } typed)
        {
            if (DrivePath.TryRead(SessionState, typed, out _, out var other) && SessionTable.FullName(other!) != account) // a drive has one
            {
                throw new ArgumentException(
                    $"'{typed}' is on a drive of another session: Receive-VaultFile, then Send-VaultFile, bring files to another account.");
            }
        }
        else if (SessionState.Drive.GetAllForProvider(Name).OfType<VaultDriveInfo>()
            .Any(drive => !SessionTable.HasEnded(drive.Session) && SessionTable.FullName(drive.Session) != account))
        {
            // What comes through a pipeline may come without it.
            throw new ArgumentException(
                "Drives of several accounts are mounted, and which of them is meant is not told here: name the source in -Path, "
                + "or use Copy-VaultFile or Rename-VaultFile.");
        }
    }

    /// <summary>Where something comes to lie: in a folder under its own name, also in one that there is not yet and that a slash says is meant;
    /// otherwise under the name that was given.</summary>
    private string Into(string destination, string name)
    {
        var target = NameOf(destination);
        return target.Length == 0 || destination[^1] is '/' or '\\' || Wait(stop => Drive.Index.FindFolderAsync(target, stop)) is not null
            ? $"{target}/{Last(name)}".TrimStart('/')
            : target;
    }

    /// <summary>Refuses what the vault can keep, and a drive cannot show: a file and a folder of one name, of which the file hides the
    /// folder.</summary>
    private void MustFit(string target, bool isFolder)
    {
        for (var end = target.IndexOf('/'); end >= 0; end = target.IndexOf('/', end + 1))
        {
            MustBeNoFile(target[..end]);
        }

        if (isFolder)
        {
            MustBeNoFile(target);
        }
        else if (target.Length > 0 && Wait(stop => Drive.Index.FindFolderAsync(target, stop)) is not null)
        {
            throw new ArgumentException($"'{target}' is a folder. Name a file in it, or choose another name.");
        }
    }

    private void MustBeNoFile(string folder)
    {
        if (Wait(stop => Drive.Index.FindFileAsync(folder, stop)) is not null)
        {
            throw new ArgumentException($"'{folder}' is a file, and nothing can lie in it. Choose another name.");
        }
    }

    private void Copy(VaultFile file, string target)
    {
        if (file.Name == target)
        {
            throw new ArgumentException($"'{target}' cannot be copied onto itself.");
        }

        if (ShouldProcess(file.Name, $"Copy to '{target}'"))
        {
            using var password = (DynamicParameters as VaultPasswordParameters)?.Password?.ToSecretBytes();
            var copied = Wait(stop => Drive.Session.CopyAsync(file, target, new CopyOptions { Password = password, Overwrite = true }, stop));
            Changed();
            WriteItemObject(copied, target, isContainer: false); // with -PassThru it is seen
        }
    }
}
