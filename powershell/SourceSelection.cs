using System.IO.Enumeration;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Gathers what is to be sent and gives each file its name in the vault.</summary>
/// <remarks>
/// A file named as an argument keeps its own name; a folder keeps its name and its tree.
/// What comes through the pipeline keeps its place below the deepest folder that holds all of it, so that
/// <c>Get-ChildItem papers -Recurse | Send-VaultFile</c> sends <c>papers/drafts/a.txt</c> as <c>drafts/a.txt</c>.
/// With a root, everything keeps its place below that, whatever else there is.
/// </remarks>
/// <param name="recurse">Whether a folder stands for the files in it.</param>
/// <param name="root">The full path of the folder that names begin below; null for what is said above.</param>
internal sealed class SourceSelection(bool recurse, string? root = null)
{
    private static readonly StringComparison PathComparison =
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private readonly string? _root = root is null ? null : Path.TrimEndingDirectorySeparator(root);
    private readonly List<(string Path, string? Root)> _files = [];
    private readonly HashSet<string> _seen = new(StringComparer.FromComparison(PathComparison));
    private string? _pipelineRoot;

    /// <summary>Adds a file or folder.</summary>
    /// <param name="path">Full path of something that exists.</param>
    /// <param name="fromPipeline">Whether its name depends on what else comes through the pipeline.</param>
    /// <returns>False for a folder that was passed over because <c>recurse</c> is off.</returns>
    /// <exception cref="ArgumentException">It is not below the root.</exception>
    public bool Add(string path, bool fromPipeline)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full) ?? full;
        if (_root is not null && !Holds(_root, full))
        {
            throw new ArgumentException($"'{full}' is not below '{_root}', and has no name there: send it without -Root, or with another.");
        }

        if (fromPipeline && _root is null)
        {
            _pipelineRoot = _pipelineRoot is null ? parent : CommonFolder(_pipelineRoot, parent);
        }

        var above = _root ?? (fromPipeline ? null : parent);
        if (!Directory.Exists(full))
        {
            AddFile(full, above);
            return true;
        }

        if (recurse)
        {
            // All of it or, where part cannot be read, none: a tree with holes must not pass for the tree.
            foreach (var file in FilesBelow(full).ToList())
            {
                AddFile(file, above);
            }
        }

        return recurse;
    }

    /// <summary>The files in the order in which they were added, each once, named below <paramref
    /// name="folder"/>.</summary>
    /// <param name="folder">Empty, or a folder in the vault with its closing '/'.</param>
    public IReadOnlyList<SendItem> Name(string folder) =>
        [.. _files.Select(f => new SendItem(f.Path, folder + NameBelow(f.Root ?? _pipelineRoot!, f.Path)))];

    private static string NameBelow(string root, string path)
    {
        var relative = Path.GetRelativePath(root, path);
        return Path.DirectorySeparatorChar == '/' ? relative : relative.Replace(Path.DirectorySeparatorChar, '/');
    }

    private static string CommonFolder(string left, string right)
    {
        while (!Holds(left, right))
        {
            left = Path.GetDirectoryName(left) ?? throw new ArgumentException(
                "The files lie on different drives and share no folder: send them drive by drive.");
        }

        return left;
    }

    private static bool Holds(string folder, string path) =>
        path.StartsWith(folder, PathComparison)
        && (path.Length == folder.Length
            || Path.EndsInDirectorySeparator(folder)
            || path[folder.Length] == Path.DirectorySeparatorChar);

    // Hidden files belong to the tree. A link to a folder does not: it may lead back up, or out.
    private static FileSystemEnumerable<string> FilesBelow(string folder) => new(
        folder,
        static (ref FileSystemEntry entry) => entry.ToFullPath(),
        new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = false,
        })
    {
        ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate =
            static (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    private void AddFile(string path, string? root)
    {
        if (_seen.Add(path))
        {
            _files.Add((path, root));
        }
    }
}
