using System.Text;

namespace Vault.Client.Files;

/// <summary>Names in the vault: segments between forward slashes, in Unicode NFC.</summary>
internal static class VaultPath
{
    internal const int MaxLength = 1_024;

    /// <summary>The one form in which a name is tagged and stored.</summary>
    /// <exception cref="VaultException">The name is empty, too long, or has a segment that is no name.</exception>
    internal static string Normalise(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string path;
        try
        {
            path = name.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            throw Invalid(name, "it is not valid Unicode");
        }

        if (path.Length is 0 or > MaxLength)
        {
            throw Invalid(name, $"a name has 1 to {MaxLength} characters");
        }

        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or "." or ".." || segment.Any(char.IsControl))
            {
                throw Invalid(name, "between slashes there must be names other than '.' and '..', without control characters");
            }
        }

        return path;
    }

    /// <summary>Whether <paramref name="name"/> is a name as <see cref="Normalise"/> gives it.</summary>
    internal static bool IsNormal(string name)
    {
        try
        {
            return Normalise(name) == name;
        }
        catch (VaultException)
        {
            return false;
        }
    }

    private static VaultException Invalid(string name, string why) =>
        new(VaultErrorCode.InvalidRequest, $"'{name}' cannot be a name in the vault: {why}.", "Choose another name.");
}
