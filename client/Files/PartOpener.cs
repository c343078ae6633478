using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Opens the parts of one payload in any order; all wait for the first, which has the nonce, unless it is known.</summary>
internal sealed class PartOpener : IDisposable
{
    private readonly SecretBytes _fileKey;
    private readonly PartLayout _layout;
    private readonly TaskCompletionSource<PayloadKey> _key = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="fileKey">Stays the caller's.</param>
    /// <param name="layout">How the payload is cut.</param>
    /// <param name="nonce">The payload's nonce, for whoever does not open the first part; null to take it from there.</param>
    public PartOpener(SecretBytes fileKey, PartLayout layout, byte[]? nonce)
    {
        (_fileKey, _layout) = (fileKey, layout);
        if (nonce is not null)
        {
            _key.SetResult(new PayloadKey(fileKey, nonce));
        }
    }

    /// <summary>Opens a part whose hash was compared.</summary>
    /// <returns>How many bytes of <paramref name="plain"/> were written.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>.</exception>
    public async Task<int> OpenAsync(int index, ReadOnlyMemory<byte> part, Memory<byte> plain)
    {
        if (index == 0)
        {
            var first = new PayloadKey(_fileKey, part.Span[..AgePayload.NonceLength]);
            if (!_key.TrySetResult(first))
            {
                first.Dispose();
            }
        }

        using var key = (await _key.Task.ConfigureAwait(false)).Clone();
        return Open(key, index, part.Span[(index == 0 ? AgePayload.NonceLength : 0)..], plain.Span);
    }

    /// <summary>Tells those who wait for the first part why it will not come.</summary>
    public void Fail(Exception error) => _key.TrySetException(error);

    public void Dispose()
    {
        if (_key.Task.IsCompletedSuccessfully)
        {
            _key.Task.Result.Dispose();
        }
    }

    private int Open(PayloadKey key, int index, ReadOnlySpan<byte> chunks, Span<byte> plain)
    {
        var lastPart = index == _layout.PartCount - 1;
        var counter = (ulong)index * (ulong)(_layout.PartSize / AgePayload.SealedChunkSize);
        var written = 0;
        while (!chunks.IsEmpty)
        {
            var chunk = chunks[..Math.Min(chunks.Length, AgePayload.SealedChunkSize)];
            chunks = chunks[chunk.Length..];
            if (chunk.Length < AgePayload.Overhead
                || !key.TryOpenChunk(
                    plain.Slice(written, chunk.Length - AgePayload.Overhead), chunk, counter++, lastPart && chunks.IsEmpty))
            {
                throw VaultException.Forged("The file's content does not decrypt.");
            }

            written += chunk.Length - AgePayload.Overhead;
        }

        return written;
    }
}
