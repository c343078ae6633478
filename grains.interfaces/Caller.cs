using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>Who asks: the account that the connection names and the static key that its handshake proved.</summary>
/// <remarks>Passed explicitly with every command. The account's user grain decides whether that key is a running session;
/// what the gateway says of it is only a claim.</remarks>
/// <param name="Account">The account named in handshake message 3, or the one that just logged in.</param>
/// <param name="SessionKey">The connection's X25519 static key.</param>
[GenerateSerializer, Immutable]
public readonly record struct Caller([property: Id(0)] AccountId Account, [property: Id(1)] SessionKey SessionKey);
