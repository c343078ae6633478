using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Provider;
using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>Drives on the account's own files: <c>New-PSDrive -PSProvider Vault -Name V -Root /</c>.</summary>
/// <remarks>A path on a drive is the file's name in the vault. Names that hold a backslash cannot be written as paths: Get-VaultFile
/// -LiteralName takes them. In parts by idea: here drives, paths and listing; Changes, Content.</remarks>
[CmdletProvider(Name, ProviderCapabilities.ShouldProcess)]
public sealed partial class VaultProvider : NavigationCmdletProvider, IDisposable
{
    /// <summary>The provider's name.</summary>
    public const string Name = "Vault";

    private readonly CancellationTokenSource _stop = new();

    private VaultDriveInfo Drive
    {
        get
        {
            var drive = PSDriveInfo as VaultDriveInfo ?? Mounted();
            SessionTable.Running(drive.Session);
            return drive;
        }
    }

    /// <summary>For what comes through a pipeline, which comes without its drive: one of the account whose drives are mounted, and none where
    /// several accounts' are.</summary>
    private VaultDriveInfo Mounted()
    {
        var drives = SessionState.Drive.GetAllForProvider(Name).OfType<VaultDriveInfo>().ToList();
        return drives.DistinctBy(drive => SessionTable.FullName(drive.Session)).Count() switch
        {
            0 => throw new ArgumentException("No drive of the Vault provider is mounted: New-PSDrive -PSProvider Vault -Name V -Root /."),
            1 => drives.Find(drive => !SessionTable.HasEnded(drive.Session)) ?? drives[0],
            _ => throw new ArgumentException(
                "Drives of several accounts are mounted, and which of them is meant is not told here: name the file in -Path, with its drive."),
        };
    }

    /// <summary>The file's or folder's name in the vault, without a slash at its end; empty for the root.</summary>
    internal static string NameOf(string path) => path.Replace('\\', '/').Trim('/');

    /// <inheritdoc />
    public void Dispose() => _stop.Dispose();

    /// <inheritdoc />
    protected override object NewDriveDynamicParameters() => new VaultDriveParameters();

    /// <inheritdoc />
    protected override PSDriveInfo? NewDrive(PSDriveInfo drive)
    {
        ArgumentNullException.ThrowIfNull(drive);
        try
        {
            return new VaultDriveInfo(
                drive, SessionTable.Running((DynamicParameters as VaultDriveParameters)?.Session ?? SessionTable.Current.Default));
        }
        catch (VaultException error)
        {
            ThrowTerminatingError(VaultErrors.Record(error, drive.Name));
            return null; // not reached: the line above always throws
        }
    }

    /// <inheritdoc />
    protected override bool IsValidPath(string path) => NameOf(path ?? "").Split('/') is var segments
        && (segments is [""] || segments.All(segment => segment is not ("" or "." or "..") && !segment.Any(char.IsControl)));

    /// <summary>The last segment; none for the root, which the engine's own way refuses.</summary>
    protected override string GetChildName(string path) => Last(NameOf(path ?? ""));

    /// <summary>The folder above. The engine's own way refuses to say it of the root, and so would Get-Item.</summary>
    protected override string GetParentPath(string path, string root) => string.IsNullOrEmpty(path) ? "" : base.GetParentPath(path, root);

    /// <inheritdoc />
    protected override bool ItemExists(string path) => Ask(path, false, async (name, stop) =>
        await Drive.Index.FindFileAsync(name, stop) is not null || await Drive.Index.FindFolderAsync(name, stop) is not null);

    /// <inheritdoc />
    protected override bool IsItemContainer(string path) =>
        Ask(path, false, async (name, stop) => await Drive.Index.FindFolderAsync(name, stop) is not null);

    /// <inheritdoc />
    protected override bool HasChildItems(string path) =>
        Ask(path, false, async (name, stop) => (await Drive.Index.FilesBelowAsync(name, stop)).Any());

    /// <inheritdoc />
    protected override void GetItem(string path) => Try(path, name =>
    {
        if (Wait(stop => Drive.Index.FindFileAsync(name, stop)) is { } file)
        {
            WriteItemObject(file, path, isContainer: false);
        }
        else if (Wait(stop => Drive.Index.FindFolderAsync(name, stop)) is { } folder)
        {
            WriteItemObject(folder, path, isContainer: true);
        }
    });

    /// <inheritdoc />
    protected override void GetChildItems(string path, bool recurse) => GetChildItems(path, recurse, uint.MaxValue);

    /// <inheritdoc />
    protected override void GetChildItems(string path, bool recurse, uint depth) => Try(path, name =>
    {
        // Get-ChildItem of a file is that file.
        if (Wait(stop => Drive.Index.FindFileAsync(name, stop)) is { } file)
        {
            WriteItemObject(file, path, isContainer: false);
            return;
        }

        var (folders, files) = Wait(stop => Drive.Index.ChildrenAsync(name, stop));
        foreach (var folder in folders)
        {
            var place = MakePath(path, Last(folder.Name));
            WriteItemObject(folder, place, isContainer: true);
            if (recurse && depth > 0)
            {
                GetChildItems(place, recurse, depth - 1);
            }
        }

        foreach (var child in files)
        {
            WriteItemObject(child, MakePath(path, Last(child.Name)), isContainer: false);
        }
    });

    /// <inheritdoc />
    protected override void GetChildNames(string path, ReturnContainers returnContainers) => Try(path, name =>
    {
        var (folders, files) = Wait(stop => Drive.Index.ChildrenAsync(name, stop));
        foreach (var folder in folders)
        {
            WriteItemObject(Last(folder.Name), MakePath(path, Last(folder.Name)), isContainer: true);
        }

        foreach (var file in files)
        {
            WriteItemObject(Last(file.Name), MakePath(path, Last(file.Name)), isContainer: false);
        }
    });

    /// <inheritdoc />
    protected override void StopProcessing() => _stop.Cancel();

    private static string Last(string name) => name.TrimEnd('/').Split('/')[^1];

    /// <summary>Waits on the pipeline's thread; Ctrl+C ends it.</summary>
    private T Wait<T>(Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return Task.Run(() => work(_stop.Token)).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Wait(Func<CancellationToken, Task> work) => Wait(async stop =>
    {
        await work(stop);
        return true;
    });

    // The engine completes a path by asking for items as a command would, on this thread. Somebody who types waits for no server.
    private static bool IsAtTheTabKey => IsCalledBy(nameof(CommandCompletion));

    // The engine does not tell a provider which command asks.
    private static bool IsCalledBy(string type) =>
        new StackTrace().GetFrames().Any(frame => frame.GetMethod()?.DeclaringType?.Name == type);

    private T Ask<T>(string path, T otherwise, Func<string, CancellationToken, Task<T>> work)
    {
        // The engine hears of nothing that is thrown here, and would only say that there is no such path.
        var answer = otherwise;
        Try(path, name => answer = Wait(stop => work(name, stop)), WriteError);
        return answer;
    }

    /// <summary>Runs a step about one path: what fails is reported.</summary>
    private void Try(string path, Action<string> step) => Try(path, step, ThrowTerminatingError);

    /// <param name="end">Told what no further path can survive.</param>
    private void Try(string path, Action<string> step, Action<ErrorRecord> end)
    {
        try
        {
            if (Drive.Index.IsHere || !IsAtTheTabKey || Drive.Index.ComesSoon())
            {
                step(NameOf(path));
            }
        }
        catch (Exception error) when (VaultErrors.EndsEverything(error))
        {
            end(VaultErrors.Record(error, path));
        }
        catch (Exception error) when (VaultErrors.IsExpected(error))
        {
            WriteError(VaultErrors.Record(error, path));
        }
    }
}
