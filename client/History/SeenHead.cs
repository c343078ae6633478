using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Vault.Client.History;

/// <summary>Where a history ended when this machine saw it: a server that shows another one later has forked it or rolled it back.</summary>
/// <param name="Stream">The history: <see cref="SeenHeads.OfAccount"/>, or a file id; or something else whose versions only rise.</param>
/// <param name="Version">The number of its last event.</param>
/// <param name="Hash">The chain's hash there, 64 hexadecimal digits.</param>
/// <param name="IsChecked">Whether the chain was followed to here, through all heads seen before; a receipt alone only claims it.</param>
internal readonly record struct SeenHead(string Stream, long Version, string Hash, bool IsChecked)
{
    private const string Checked = "checked";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? line, out SeenHead head)
    {
        head = default;
        if (line?.Split(' ') is not [var stream, var digits, { Length: 64 } hash, .. var rest] || rest is not ([] or [Checked])
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return false;
        }

        head = new SeenHead(stream, version, hash, rest is [Checked]);
        return true;
    }

    /// <summary><c>history version hash</c>, with <c>checked</c> behind it where it is.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Stream} {Version} {Hash}{(IsChecked ? " " + Checked : "")}");
}
