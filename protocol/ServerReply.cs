namespace Vault.Protocol;

/// <summary>What a server says of itself before login.</summary>
/// <param name="Protocol">The protocol's version; a client that knows only others stops with <c>version_unsupported</c>.</param>
/// <param name="Product">Name and version of the software, for people.</param>
/// <param name="KeyStretching">Argon2id parameters of this server's OPAQUE registrations.</param>
public sealed record ServerReply(int Protocol, string Product, KeyStretching KeyStretching)
{
    /// <summary>The version of the protocol that this assembly speaks.</summary>
    public const int CurrentProtocol = 1;
}

/// <summary>Argon2id parameters (RFC 9106). A client refuses values below its floor or above its ceiling.</summary>
/// <param name="MemoryKiB">Memory in KiB.</param>
/// <param name="Iterations">Passes over the memory.</param>
/// <param name="Parallelism">Lanes.</param>
public sealed record KeyStretching(int MemoryKiB, int Iterations, int Parallelism);
