using System.Management.Automation;
using System.Runtime.ExceptionServices;
using Vault.Client;
using Vault.Client.Files;

namespace Vault.PowerShell;

/// <summary>A cmdlet that writes files of the vault below a folder of this machine.</summary>
public abstract class FetchCmdlet : FilePasswordCmdlet
{
    private static readonly StringComparer PathComparer =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly List<VaultFile> _files = [];

    /// <summary>A folder, below which each file gets its name in the vault: end it with a slash. Without one it is the path of the file itself,
    /// where a single file is fetched and there is no such folder. The current folder when it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = ".";

    /// <summary>Replace files that are there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Pass over files that are there already with the same length and time, and replace those that differ, as -Force does.</summary>
    [Parameter]
    public SwitchParameter SkipUnchanged { get; set; }

    /// <summary>Parts under way at once, of all files together; each takes 8 MiB of memory.</summary>
    [Parameter]
    [ValidateRange(1, TransferLimits.MaxThrottle)]
    public int ThrottleLimit { get; set; } = TransferLimits.DefaultThrottle;

    /// <summary>Return each written file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Return what became of each file: received, skipped, or failed and why.</summary>
    [Parameter]
    public SwitchParameter Report { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => _files.AddRange(Selected());

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var target = Need(Destination, () => ResolveFilePath(Destination));
        var isFile = _files.Count == 1
            && !System.IO.Path.EndsInDirectorySeparator(Destination) && !Directory.Exists(target);
        var items = new List<ReceiveItem>();
        var targets = new Dictionary<string, VaultFile>(PathComparer);
        foreach (var listed in _files)
        {
            var file = Named(listed);
            TryItem(file, () =>
            {
                var wanted = Wanted(file);
                var path = isFile ? target : Below(target, wanted);
                if (IsFree(targets, path, wanted) && ShouldProcess(wanted.Name, $"{Activity} as '{path}'"))
                {
                    items.Add(new ReceiveItem(wanted, path));
                }
            });
        }

        if (items.Count > 0)
        {
            Fetch(items);
        }
    }

    private protected override bool MustMatch => true;

    private protected override ErrorCategory OnDisk => ErrorCategory.WriteError;

    /// <summary>What is done, in words, above the progress bar and in <c>-WhatIf</c>.</summary>
    private protected abstract string Activity { get; }

    /// <summary>What names get at their end.</summary>
    private protected virtual string Suffix => "";

    /// <summary>Returns a file of this machine as Get-Item does, so that it has columns to show and binds to Get-Content and the like.</summary>
    private protected void WriteFile(string path)
    {
        try
        {
            WriteObject(InvokeProvider.Item.Get([$@"Microsoft.PowerShell.Core\FileSystem::{path}"], force: true, literalPath: true), enumerateCollection: true);
        }
        catch (Exception error) when (error is ItemNotFoundException or ProviderInvocationException)
        {
            WriteObject(new FileInfo(path)); // a name that the engine cannot say, such as one with a backslash in it
        }
    }

    /// <summary>The version that is fetched of a file.</summary>
    private protected virtual VaultFile Wanted(VaultFile file) => file;

    /// <summary>Which bytes are fetched; null for all.</summary>
    private protected virtual ByteRange? Bytes => null;

    private protected abstract IAsyncEnumerable<ReceiveResult> FetchAsync(
        IReadOnlyList<ReceiveItem> items, ReceiveOptions options, IProgress<TransferProgress>? progress, CancellationToken stop);

    // A file whose name was lost in a reset gets it back with its password; one that cannot says why when it is fetched.
    private VaultFile Named(VaultFile file)
    {
        if (file.IsReadable || file.Protection != FileProtection.Password)
        {
            return file;
        }

        using var password = FilePassword();
        var named = file;
        if (password is not null)
        {
            TryItem(file, () => named = Await(stop => UsedSession.NameAsync(file, password, stop)));
        }

        return named;
    }

    private string Below(string folder, VaultFile file) =>
        TargetPath.TryBelow(folder, file.Name + Suffix, OperatingSystem.IsWindows(), out var path)
            ? path
            : throw new ArgumentException(
                $"This system cannot keep a file under the name '{file.Name}': "
                + "fetch it alone, with a file name as -Destination.");

    /// <summary>Whether no other of these files is written there: two people may give files of one name, and some systems keep
    /// <c>a</c> and <c>A</c> as one.</summary>
    private bool IsFree(Dictionary<string, VaultFile> targets, string path, VaultFile file)
    {
        if (targets.TryAdd(path, file))
        {
            return true;
        }

        var other = targets[path];
        if (other.Id == file.Id && other.Version == file.Version)
        {
            return false; // named twice
        }

        WriteError(VaultErrors.Record(
            "name_taken", $"'{file.Name}'{Of(file)} was not written: another of these files, '{other.Name}'{Of(other)}, goes to '{path}'.",
            "Fetch it by itself, with another -Destination.", ErrorCategory.ResourceExists, file));
        return false;
    }

    private static string Of(VaultFile file) => file.Owner is { } owner ? $" of {owner.Email}" : "";

    private void Fetch(List<ReceiveItem> items)
    {
        using var password = FilePassword();
        var options = new ReceiveOptions
        {
            Password = password,
            Overwrite = Force || SkipUnchanged,
            SkipUnchanged = SkipUnchanged,
            ThrottleLimit = ThrottleLimit,
            Range = Bytes,
        };
        var view = TransferView.Of(this, Activity, items.Count, items.Sum(item => item.File.Length));
        Need(UsedSession, () => Await(
            async (pump, stop) =>
            {
                await foreach (var result in FetchAsync(items, options, view.Progress, stop))
                {
                    pump.Post(() =>
                    {
                        view.FileEnded(result.Item.File.Name, result.Item.File.Length);
                        Tell(result);
                    });
                }
            },
            view.Tick));
        view.End();
    }

    private void Tell(ReceiveResult result)
    {
        if (Report)
        {
            WriteObject(new VaultTransferResult(
                result.Status, result.Item.File.Name, result.Item.TargetPath, result.Item.File.Length, result.Error?.Message));
        }

        if (result.Error is { } error)
        {
            TryItem(result.Item.File, () => ExceptionDispatchInfo.Throw(error));
        }
        else if (PassThru)
        {
            WriteFile(result.Item.TargetPath);
        }
    }
}
