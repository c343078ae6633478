namespace Vault.Client;

/// <summary>Words that come from the server and are shown on a terminal.</summary>
internal static class ServerText
{
    private const int MaxLength = 1_000;

    /// <summary>Without control characters, which could rewrite what the terminal shows, and without a flood.</summary>
    internal static string Printable(string text)
    {
        var shown = text.Length > MaxLength ? text[..MaxLength] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
