namespace Vault.Protocol;

/// <summary>What an account shows to others; always carried as the exact bytes that were signed (<see cref="SignedProfile"/>).</summary>
/// <param name="Version">1 for the first, one more at every change.</param>
/// <param name="Email">Normalised address.</param>
/// <param name="Recipient">age recipient, <c>age1pq1…</c>.</param>
/// <param name="SigningKey">Ed25519 public key, 32 bytes.</param>
/// <param name="ServerKey">The server this account lives on, <c>vaultserver1…</c>.</param>
/// <param name="PreviousProfile">SHA-256 of the previous profile's bytes; null for version 1.</param>
public sealed record Profile(
    int Version, string Email, string Recipient, byte[] SigningKey, string ServerKey, byte[]? PreviousProfile);
