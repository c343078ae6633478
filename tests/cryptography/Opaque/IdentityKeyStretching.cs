using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Opaque;

/// <summary>The KSF of the published vectors: no stretching. It exists in the tests alone.</summary>
internal sealed class IdentityKeyStretching : IKeyStretching
{
    public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(input.Copy());
    }
}
