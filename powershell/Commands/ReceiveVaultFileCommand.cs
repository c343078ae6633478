using System.Management.Automation;
using System.Security;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Receive-VaultFile: brings files back from the vault and decrypts them here.</summary>
[Cmdlet(VerbsCommunications.Receive, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ReceiveVaultFileCommand : QueryCmdlet
{
    private readonly List<VaultFile> _files = [];

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

    /// <summary>A folder, below which each file gets its name in the vault, or the path of a single file that does not
    /// exist as a folder. The current folder when it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = ".";

    /// <summary>The password that the files were sent with.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Replace files that are there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return each written file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        _files.AddRange(InputObject ?? []);
        Query(Name, LiteralName, Id, _files.Add);
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var session = UsedSession;
        var target = Need(Destination, ResolveDestination);
        var isFile = _files.Count == 1
            && !System.IO.Path.EndsInDirectorySeparator(Destination) && !Directory.Exists(target);
        using var password = Secret(Password);
        var options = new ReceiveOptions { Password = password, Overwrite = Force };
        var view = new TransferView(this, "Receiving from the vault", _files.Sum(f => f.Length));
        foreach (var file in _files)
        {
            TryItem(file, () => Receive(session, file, isFile ? target : Below(target, file), options, view));
            view.FileEnded(file.Name, file.Length);
        }

        view.End();
    }

    private static string Below(string folder, VaultFile file) =>
        TargetPath.TryBelow(folder, file.Name, OperatingSystem.IsWindows(), out var path)
            ? path
            : throw new ArgumentException(
                $"This system cannot keep a file under the name '{file.Name}': "
                + "receive it alone, with a file name as -Destination.");

    private void Receive(VaultSession session, VaultFile file, string path, ReceiveOptions options, TransferView view)
    {
        if (!ShouldProcess(file.Name, $"Receive from the vault as '{path}'"))
        {
            return;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!); // a full path with a file name has a folder
        Await((_, stop) => session.ReceiveAsync(file, path, options, view, stop), view.Show);
        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }

    private string ResolveDestination()
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Destination, out var provider, out _);
        return provider.Name == "FileSystem"
            ? System.IO.Path.GetFullPath(path)
            : throw new ArgumentException($"'{Destination}' is no folder for files.");
    }
}
