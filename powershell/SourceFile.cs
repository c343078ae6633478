namespace Vault.PowerShell;

/// <summary>A file to send: where it lies here and what it will be called in the vault.</summary>
/// <param name="Path">Full path on this machine.</param>
/// <param name="Name">Name in the vault, its folders parted by '/'.</param>
internal sealed record SourceFile(string Path, string Name);
