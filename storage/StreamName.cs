using System.Buffers;

namespace Vault.Storage;

/// <summary>
/// The name of an event stream, <c>category/id</c>, such as <c>users/5f0c…</c>. Each segment is 1 to 128 characters of
/// <c>a-z</c>, <c>0-9</c> and <c>-</c>, so a name is safe in a path and in a URL as it is.
/// </summary>
/// <remarks>
/// The default value names nothing; every backend refuses it with an <see cref="ArgumentException"/>.
/// </remarks>
public readonly record struct StreamName
{
    /// <summary>The longest segment, in characters.</summary>
    public const int MaxSegmentLength = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private StreamName(string category, string id) => (Category, Id) = (category, id);

    /// <summary>The first segment: the kind of stream.</summary>
    public string Category { get; }

    /// <summary>The second segment: which one.</summary>
    public string Id { get; }

    /// <summary>Joins a category and an id.</summary>
    /// <exception cref="ArgumentException">A segment is empty, too long or has another character.</exception>
    public static StreamName Create(string category, string id)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(id);
        RequireSegment(category, nameof(category));
        RequireSegment(id, nameof(id));
        return new StreamName(category, id);
    }

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    public static bool TryParse(string? text, out StreamName name)
    {
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !IsSegment(text.AsSpan(0, slash)) || !IsSegment(text.AsSpan(slash + 1)))
        {
            name = default;
            return false;
        }

        name = new StreamName(text![..slash], text[(slash + 1)..]); // not null: it has a slash
        return true;
    }

    /// <summary><c>category/id</c>; empty for the default value.</summary>
    public override string ToString() => Category is null ? "" : $"{Category}/{Id}";

    internal static bool IsSegment(ReadOnlySpan<char> segment) =>
        segment.Length is > 0 and <= MaxSegmentLength && !segment.ContainsAnyExcept(Allowed);

    internal static void RequireSegment(string segment, string parameter)
    {
        if (!IsSegment(segment))
        {
            throw new ArgumentException("A segment of a stream's name is 1 to 128 of a-z, 0-9 and '-'.", parameter);
        }
    }

    internal void RequireNamed(string parameter)
    {
        if (Category is null)
        {
            throw new ArgumentException("The default StreamName names no stream.", parameter);
        }
    }
}
