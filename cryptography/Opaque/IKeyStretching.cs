using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The key-stretching function (KSF) that makes each guess at a password cost, RFC 9807 section 2.3. Client side
/// only.
/// </summary>
public interface IKeyStretching
{
    /// <summary>Stretches <paramref name="input"/>, 64 bytes, to 64 bytes.</summary>
    /// <param name="input">The OPRF output; stays the caller's, who keeps it alive until the task ends.</param>
    /// <param name="cancellationToken">Looked at before the work begins; the work itself cannot be interrupted.</param>
    /// <returns>64 bytes that the caller disposes.</returns>
    Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken);
}
