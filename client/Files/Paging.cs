using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Walks a list that comes in pages, in the order of file ids: no file comes twice, and no list is endless.</summary>
internal sealed class Paging
{
    private readonly string _route;
    private FileId? _last;
    private FileId? _cursor;

    public Paging(string route) => Path = _route = route;

    /// <summary>The path of the next page; null at the end.</summary>
    public string? Path { get; private set; }

    /// <summary>Call for each file of a page.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file does not come after the one before.</exception>
    public void Take(FileId file)
    {
        if (_last is { } last && file.Value.CompareTo(last.Value) <= 0)
        {
            throw VaultException.Forged("The list of files is out of order.");
        }

        _last = file;
    }

    /// <summary>Call at the end of a page.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the list would go back, or on for ever.</exception>
    public void Turn(FileId? next)
    {
        if (next is { } cursor
            && ((_last is { } last && cursor.Value.CompareTo(last.Value) < 0) || (_cursor is { } before && cursor.Value.CompareTo(before.Value) <= 0)))
        {
            throw VaultException.Forged("The list of files goes on at a place where it did not end.");
        }

        (_cursor, _last) = (next, next ?? _last);
        Path = next is { } start ? $"{_route}?{Routes.AfterQuery}={start}" : null;
    }
}
