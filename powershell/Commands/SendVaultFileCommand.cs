using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Security;
using System.Text;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Send-VaultFile: encrypts files here and stores them in the vault.</summary>
/// <remarks>
/// <para>A file is stored whole or not at all; what is sent again under the same name becomes its next version.
/// Without a password, files are sealed to the account's own key.</para>
/// <para>A file that is named gets its own name in the vault; a folder keeps its name and what is in it its place. What comes through the
/// pipeline keeps its place below the deepest folder that holds all that comes: a list that is filtered may begin at another folder each
/// time, and give a file the name of another one. <c>-Root</c> says below which folder names begin.</para>
/// </remarks>
/// <example>
/// <para>Sends a file.</para>
/// <code>
/// Send-VaultFile ./secret.pdf
/// </code>
/// </example>
/// <example>
/// <para>Sends a folder with all that is in it.</para>
/// <code>
/// Send-VaultFile ./papers -Recurse -Destination archive/
/// </code>
/// <para>papers/plan.pdf becomes archive/papers/plan.pdf.</para>
/// </example>
/// <example>
/// <para>Sends a file under a password of its own.</para>
/// <code>
/// $password = Read-Host 'Password for the file' -AsSecureString
/// Send-VaultFile ./secret.pdf -Password $password
/// </code>
/// <para>Whoever has the file and the password can open it, with any age implementation.</para>
/// </example>
/// <example>
/// <para>Sends what comes through the pipeline.</para>
/// <code>
/// Get-ChildItem ./papers -Recurse | Send-VaultFile -Destination papers/ -PassThru
/// </code>
/// </example>
/// <example>
/// <para>Sends what has changed since yesterday.</para>
/// <code>
/// $yesterday = [datetime]::Now.AddDays(-1)
/// Get-ChildItem ./papers -Recurse | Where-Object LastWriteTime -gt $yesterday | Send-VaultFile -Root ./papers -Destination papers/
/// </code>
/// <para>papers/drafts/plan.txt is stored under that name, also on a day when nothing else has changed.</para>
/// </example>
/// <seealso cref="ReceiveVaultFileCommand"/>
/// <seealso cref="GetVaultFileCommand"/>
/// <seealso cref="RemoveVaultFileCommand"/>
[Cmdlet(VerbsCommunications.Send, "VaultFile", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(VaultFile))]
public sealed class SendVaultFileCommand : SessionCmdlet
{
    private const string ByPath = "Path", ByLiteralPath = "LiteralPath";

    private SourceSelection? _selection;
    private bool _fromPipeline;

    /// <summary>Files or folders here; may hold wildcards.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath,
        HelpMessage = "A file or folder to send; may hold wildcards.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Files or folders here, exactly as they are named; what Get-ChildItem and Get-Item return binds to
    /// it.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath,
        HelpMessage = "A file or folder to send, exactly as it is named.")]
    [Alias("PSPath", "FullName", "LP")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>The folder in the vault that receives the files; its root when it is not given.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(VaultFolderCompleter))]
    [ValidateNotNull]
    public string Destination { get; set; } = "";

    /// <summary>The name in the vault, below <see cref="Destination"/>, for a single file.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultNewNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The folder here that names begin below: each file gets its path from there on, whatever else is sent with it. Files outside
    /// are refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>Encrypt under this password instead of the account's own key; whoever has it can open the
    /// file.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The name of a secret in the SecretManagement module that holds the password.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PasswordSecret { get; set; }

    /// <summary>Send the files in a folder, and in its folders. Links to files are followed, links to folders are not; an empty folder
    /// leaves nothing in the vault.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Let wildcards match hidden files too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Pass over files that are in the vault already with the same length and last write time.</summary>
    [Parameter]
    public SwitchParameter SkipUnchanged { get; set; }

    /// <summary>Parts under way at once, of all files together; each takes 8 MiB of memory.</summary>
    [Parameter]
    [ValidateRange(1, TransferLimits.MaxThrottle)]
    public int ThrottleLimit { get; set; } = TransferLimits.DefaultThrottle;

    /// <summary>Return what became of each file: sent, skipped, or failed and why.</summary>
    [Parameter]
    public SwitchParameter Report { get; set; }

    /// <summary>Return each stored file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override IEnumerable<string> Places => [Destination];

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _selection = new SourceSelection(Recurse, Root is null ? null : Need(Root, () => ExistingFolder(Root)));
        _fromPipeline = !MyInvocation.BoundParameters.ContainsKey(nameof(Path))
            && !MyInvocation.BoundParameters.ContainsKey(nameof(LiteralPath));
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var path in LiteralPath ?? Path ?? [])
        {
            TryItem(path, () => Add(path));
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var lengths = Wanted();
        if (lengths.Count == 0)
        {
            return;
        }

        using var password = Secret(Password, PasswordSecret);
        var options = new SendOptions { Password = password, SkipUnchanged = SkipUnchanged, ThrottleLimit = ThrottleLimit };
        var view = TransferView.Of(this, "Sending to the vault", lengths.Count, lengths.Values.Sum());
        Need(UsedSession, () => Await(
            async (pump, stop) =>
            {
                await foreach (var result in UsedSession.SendManyAsync(lengths.Keys, options, view.Progress, stop))
                {
                    pump.Post(() =>
                    {
                        view.FileEnded(result.File?.Name ?? result.Item.Name, lengths[result.Item]);
                        Tell(result, lengths[result.Item]);
                    });
                }
            },
            view.Tick));
        view.End();
    }

    private void Tell(SendResult result, long length)
    {
        if (Report)
        {
            WriteObject(new VaultTransferResult(
                result.Status, result.Item.Name, result.Item.SourcePath, length, result.Error?.Message));
        }

        if (result.Error is not null)
        {
            TryItem(result.Item.SourcePath, () => ExceptionDispatchInfo.Throw(result.Error));
            return;
        }

        foreach (var lost in result.File?.Lost ?? [])
        {
            WriteWarning($"{lost.Person} had '{result.Item.Name}' before and does not have the new version: {lost.Reason}");
        }

        if (PassThru)
        {
            WriteObject(result.File);
        }
    }

    private string ExistingFolder(string typed) => ResolveFilePath(typed) is var folder && Directory.Exists(folder)
        ? folder
        : throw new DirectoryNotFoundException($"There is no folder '{typed}' on this machine.");

    private void Add(string path)
    {
        // Hidden files are found when they are named; only a wildcard passes over them.
        var literal = LiteralPath is not null;
        var hidden = literal || Force || !WildcardPattern.ContainsWildcardCharacters(path);
        var items = InvokeProvider.Item.Get([path], hidden, literal);
        if (items.Count == 0)
        {
            throw new FileNotFoundException($"Nothing matches '{path}'. With -LiteralPath, brackets, * and ? stand for themselves.");
        }

        foreach (var item in items)
        {
            if (item.BaseObject is not FileSystemInfo source)
            {
                throw new ArgumentException($"'{path}' is no file: only files can be sent.");
            }

            if (_selection!.Add(source.FullName, _fromPipeline))
            {
                continue;
            }

            // Get-ChildItem -Recurse returns the folders as well as what is in them; a folder that was asked for by
            // name, though, must not seem to have been sent.
            if (_fromPipeline)
            {
                WriteVerbose($"Passing over the folder '{source.FullName}'.");
                continue;
            }

            WriteError(VaultErrors.Record(
                "folder_needs_recurse", $"'{source.FullName}' is a folder.", "Pass -Recurse to send the files in it.",
                ErrorCategory.InvalidArgument, source.FullName));
        }
    }

    // What will be sent: each once, under a name of its own, and approved.
    private Dictionary<SendItem, long> Wanted()
    {
        var files = Need(Path, () => _selection!.Name(Folder(Destination)));
        if (Name is not null)
        {
            files = files.Count <= 1
                ? [.. files.Select(f => f with { Name = Folder(Destination) + Name })]
                : Need<IReadOnlyList<SendItem>>(Name, () => throw new ArgumentException(
                    $"-Name names one file, and {files.Count} are to be sent: use -Destination for a folder."));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var wanted = new Dictionary<SendItem, long>();
        foreach (var file in files)
        {
            if (!names.Add(Stored(file.Name)))
            {
                WriteError(VaultErrors.Record(
                    "name_taken", $"'{file.SourcePath}' was not sent: another of these files is already called '{file.Name}'.",
                    "Send it by itself with -Name or -Destination.", ErrorCategory.ResourceExists, file.SourcePath));
            }
            else if (ShouldProcess(file.SourcePath, $"Send to the vault as '{file.Name}'"))
            {
                wanted.Add(file, file.GetLength()); // one that vanished meanwhile fails when it is sent
            }
        }

        return wanted;
    }

    // The vault keeps names in one form of Unicode: two that look alike here may be one there.
    private static string Stored(string name)
    {
        try
        {
            return name.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return name; // it is no text, and fails when it is sent
        }
    }

    private string Folder(string destination)
    {
        var folder = VaultName(destination).Replace(System.IO.Path.DirectorySeparatorChar, '/').Trim('/');
        return folder.Length == 0 ? "" : folder + "/";
    }
}
