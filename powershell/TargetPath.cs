using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Vault.PowerShell;

/// <summary>Where a received file is written, given its name in the vault.</summary>
/// <remarks>The name was chosen on another machine and may have been chosen by somebody else: it never leads out of the
/// folder that the person named.</remarks>
internal static class TargetPath
{
    // What Windows refuses anywhere in a name; ':' would open an alternate stream.
    private static readonly SearchValues<char> RefusedOnWindows = SearchValues.Create("<>:\"|?*\\");

    private static readonly HashSet<string> DevicesOnWindows = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>The path of <paramref name="name"/> below <paramref name="folder"/>.</summary>
    /// <param name="folder">Full path of a folder here.</param>
    /// <param name="name">A name in the vault, its folders parted by '/'.</param>
    /// <param name="windows">Whether the rules of Windows for file names hold.</param>
    /// <param name="path">The full path; null where this system cannot keep such a name in that folder.</param>
    public static bool TryBelow(string folder, string name, bool windows, [NotNullWhen(true)] out string? path)
    {
        var segments = name.Split('/');
        path = Array.TrueForAll(segments, segment => IsPlain(segment, windows)) ? Path.Combine([folder, .. segments]) : null;
        return path is not null;
    }

    private static bool IsPlain(string segment, bool windows)
    {
        if (segment is "" or "." or ".." || segment.Contains('\0'))
        {
            return false;
        }

        return !windows
            || (!segment.AsSpan().ContainsAny(RefusedOnWindows)
                && !segment.Any(c => c < ' ')
                && segment[^1] is not ('.' or ' ')
                && !DevicesOnWindows.Contains(segment.Split('.')[0].TrimEnd(' ')));
    }
}
