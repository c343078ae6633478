namespace Vault.PowerShell.Provider;

/// <summary>A folder on a drive: there as long as a file is in it.</summary>
/// <param name="Name">Path in the vault, with a slash at its end.</param>
/// <param name="Length">Of all files in it and in its folders, in bytes.</param>
/// <param name="StoredAt">When the newest of them was stored.</param>
/// <param name="FileCount">How many there are.</param>
public sealed record VaultFolder(string Name, long Length, DateTimeOffset? StoredAt, int FileCount)
{
    /// <summary>Its name: what a cmdlet that takes names makes of it.</summary>
    public override string ToString() => Name;
}
