using Vault.Client;

namespace Vault.PowerShell;

/// <summary>What became of one file of a transfer, as <c>-Report</c> returns it.</summary>
/// <param name="Status">Sent, Received, Skipped or Failed.</param>
/// <param name="Name">The file's name in the vault.</param>
/// <param name="Path">The file here.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Reason">Why it failed; null where it did not.</param>
public sealed record VaultTransferResult(TransferStatus Status, string Name, string Path, long Length, string? Reason);
