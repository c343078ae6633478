using System.Buffers;

namespace Vault.Storage;

/// <summary>
/// The name of a blob or of a folder of blobs: segments joined by slashes, such as <c>files/5f0c…/3</c>. A segment is 1
/// to 128 characters of <c>a-z</c>, <c>0-9</c>, <c>-</c>, <c>_</c> and <c>.</c>, and neither begins nor ends with a
/// dot; a name has at most 8 segments. So a name is safe in a path and in a URL as it is.
/// </summary>
/// <remarks>
/// The default value names nothing; every backend refuses it with an <see cref="ArgumentException"/>.
/// </remarks>
public readonly record struct BlobName
{
    /// <summary>The longest segment, in characters.</summary>
    public const int MaxSegmentLength = 128;

    /// <summary>The most segments.</summary>
    public const int MaxSegments = 8;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private readonly string? _text;

    private BlobName(string text) => _text = text;

    /// <summary>The segments in order; none for the default value.</summary>
    public IReadOnlyList<string> Segments => _text?.Split('/') ?? [];

    /// <summary>Joins segments.</summary>
    /// <exception cref="ArgumentException">A segment breaks the rules, or there are none or too many.</exception>
    public static BlobName Create(params ReadOnlySpan<string> segments) =>
        Parse(string.Join('/', segments), segments.Length);

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    public static bool TryParse(string? text, out BlobName name)
    {
        name = default;
        if (text is null)
        {
            return false;
        }

        var count = 0;
        foreach (var range in text.AsSpan().Split('/'))
        {
            if (++count > MaxSegments || !IsSegment(text.AsSpan(range)))
            {
                return false;
            }
        }

        name = new BlobName(text);
        return true;
    }

    /// <summary>The name of something inside this folder.</summary>
    /// <exception cref="ArgumentException">The segment breaks the rules, or there are too many.</exception>
    public BlobName Append(string segment)
    {
        RequireNamed(nameof(segment));
        return Parse($"{_text}/{segment}", Segments.Count + 1);
    }

    /// <summary>The segments joined by slashes; empty for the default value.</summary>
    public override string ToString() => _text ?? "";

    internal void RequireNamed(string parameter)
    {
        if (_text is null)
        {
            throw new ArgumentException("The default BlobName names no blob.", parameter);
        }
    }

    private static BlobName Parse(string text, int segments) =>
        TryParse(text, out var name) && name.Segments.Count == segments
            ? name
            : throw new ArgumentException(
                "A blob's name is 1 to 8 segments, each 1 to 128 of a-z, 0-9, '-', '_' and inner dots.");

    private static bool IsSegment(ReadOnlySpan<char> segment) =>
        segment.Length is > 0 and <= MaxSegmentLength && !segment.ContainsAnyExcept(Allowed)
        && segment[0] != '.' && segment[^1] != '.';
}
