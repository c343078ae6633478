using System.Management.Automation;
using System.Security;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>A cmdlet that writes files of the vault below a folder of this machine.</summary>
public abstract class FetchCmdlet : FileSelectionCmdlet
{
    private readonly List<VaultFile> _files = [];

    /// <summary>A folder, below which each file gets its name in the vault, or the path of a single file that does not
    /// exist as a folder. The current folder when it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = ".";

    /// <summary>The password that the files were sent with; files that others gave need none.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The name of a secret in the SecretManagement module that holds the password.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PasswordSecret { get; set; }

    /// <summary>Replace files that are there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return each written file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => _files.AddRange(Selected());

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var target = Need(Destination, () => ResolveFilePath(Destination));
        var isFile = _files.Count == 1
            && !System.IO.Path.EndsInDirectorySeparator(Destination) && !Directory.Exists(target);
        using var password = Secret(Password, PasswordSecret);
        var options = new ReceiveOptions { Password = password, Overwrite = Force };
        var view = new TransferView(this, Activity, _files.Sum(f => f.Length));
        foreach (var file in _files)
        {
            TryItem(file, () => Write(file, isFile ? target : Below(target, file), options, view));
            view.FileEnded(file.Name, file.Length);
        }

        view.End();
    }

    /// <summary>What is done, in words, above the progress bar and in <c>-WhatIf</c>.</summary>
    private protected abstract string Activity { get; }

    /// <summary>What names get at their end.</summary>
    private protected virtual string Suffix => "";

    private protected abstract Task FetchAsync(
        VaultFile file, string path, ReceiveOptions options, TransferView view, CancellationToken stop);

    /// <summary>The full path of a file of this machine, which need not exist.</summary>
    private protected string ResolveFilePath(string typed)
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(typed, out var provider, out _);
        return provider.Name == "FileSystem"
            ? System.IO.Path.GetFullPath(path)
            : throw new ArgumentException($"'{typed}' is no place for files.");
    }

    private string Below(string folder, VaultFile file) =>
        TargetPath.TryBelow(folder, file.Name + Suffix, OperatingSystem.IsWindows(), out var path)
            ? path
            : throw new ArgumentException(
                $"This system cannot keep a file under the name '{file.Name}': "
                + "fetch it alone, with a file name as -Destination.");

    private void Write(VaultFile file, string path, ReceiveOptions options, TransferView view)
    {
        if (!ShouldProcess(file.Name, $"{Activity} as '{path}'"))
        {
            return;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!); // a full path with a file name has a folder
        Await((_, stop) => FetchAsync(file, path, options, view, stop), view.Show);
        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }
}
