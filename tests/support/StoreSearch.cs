using System.Text;
using System.Text.RegularExpressions;

namespace Vault.Tests.Support;

/// <summary>Looks for something in every byte of a store: in paths, in files as they are, and in whatever in them is base64.</summary>
public static partial class StoreSearch
{
    /// <summary>The files in which, or in whose paths, the text or the bytes stand.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> files, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Find(files, Encoding.UTF8.GetBytes(text), text);
    }

    /// <inheritdoc cref="Find(IEnumerable{string}, string)" />
    public static IReadOnlyList<string> Find(IEnumerable<string> files, byte[] bytes, string? text = null) =>
        [.. files.Where(file => (text is not null && file.Contains(text, StringComparison.OrdinalIgnoreCase)) || Holds(file, bytes))];

    /// <summary>What is in a file; nothing where it is gone: stores delete and rename while a test looks through them.</summary>
    public static byte[] ReadIfThere(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool Holds(string file, byte[] wanted)
    {
        var bytes = ReadIfThere(file);
        return bytes.AsSpan().IndexOf(wanted) >= 0
            || Base64().Matches(Encoding.Latin1.GetString(bytes)).Any(match => Decode(match.Value).AsSpan().IndexOf(wanted) >= 0);
    }

    private static byte[] Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }

    [GeneratedRegex("[A-Za-z0-9+/]{8,}={0,2}")]
    private static partial Regex Base64();
}
