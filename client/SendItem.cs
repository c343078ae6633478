namespace Vault.Client;

/// <summary>One of many files to send.</summary>
/// <param name="SourcePath">The file.</param>
/// <param name="Name">Its name in the vault.</param>
public sealed record SendItem(string SourcePath, string Name);

/// <summary>What became of one of many files: stored, or the reason why not.</summary>
/// <param name="File">The stored file; null where there is an error.</param>
/// <param name="Error">A <see cref="VaultException"/>, or what the file system said of the source.</param>
public sealed record SendResult(SendItem Item, VaultFile? File, Exception? Error);
