using System.Security.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>The payload of one version, part by part: several are fetched side by side, each is compared with the signed list.</summary>
/// <param name="fileKey">Opens the parts; null to have them as they are stored.</param>
/// <param name="slots">As many as parts may be in memory, of this version and of others that are fetched beside it.</param>
internal sealed class VersionContent(SignedIn me, FileVersionReply reply, Manifest manifest, SecretBytes? fileKey, SemaphoreSlim slots)
{
    private const int PartsInFlight = 8;

    private readonly PartLayout _layout = PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout)
        ? layout
        : throw VaultException.Forged("The file's parts have no possible lengths.");

    /// <summary>How the payload is cut.</summary>
    public PartLayout Layout => _layout;

    /// <summary>Plaintext bytes in every part but the last.</summary>
    public long PlainPartSize => _layout.PartSize / AgePayload.SealedChunkSize * (long)AgePayload.ChunkSize;

    /// <summary>Where a part's plaintext lies in the file.</summary>
    public (long Offset, int Length) PlainRange(int index)
    {
        var offset = index * PlainPartSize;
        return (offset, (int)Math.Min(PlainPartSize, AgePayload.PlaintextLength(manifest.PayloadLength) - offset));
    }

    /// <summary>Whether these are the bytes that the owner signed as this part.</summary>
    public bool IsPart(int index, ReadOnlySpan<byte> sealedPart) => SHA256.HashData(sealedPart).AsSpan().SequenceEqual(
        reply.PartHashes.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));

    /// <summary>The payload's nonce, for whoever does not begin at the first part. One that is not the right one opens nothing.</summary>
    public async Task<byte[]> FetchNonceAsync(CancellationToken cancellationToken)
    {
        var nonce = new byte[AgePayload.NonceLength];
        await me.Connection.GetRangeAsync(
            Routes.FilePayload(manifest.File, manifest.Version), 0, nonce, cancellationToken).ConfigureAwait(false);
        return nonce;
    }

    /// <summary>Hands all parts over in order; the next ones are under way meanwhile.</summary>
    /// <exception cref="VaultException">Also <see cref="VaultErrorCode.IntegrityFailed"/>: a part is not what was sent.</exception>
    internal Task ForEachAsync(Func<VersionPart, CancellationToken, Task> use, CancellationToken cancellationToken) =>
        ForEachAsync(0, _layout.PartCount, null, use, cancellationToken);

    /// <summary>The same of the parts from one on and up to another, which is not among them.</summary>
    /// <param name="nonce">The payload's nonce, where the first part is not among them.</param>
    internal async Task ForEachAsync(
        int first, int end, byte[]? nonce, Func<VersionPart, CancellationToken, Task> use, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var opener = fileKey is null ? null : new PartOpener(fileKey, _layout, nonce);
        using var buffers = PartBuffers.For(_layout.PartSize);
        var fetches = new Queue<Task<VersionPart>>();
        try
        {
            var next = first;
            for (var index = first; index < end; index++)
            {
                for (; next < end && fetches.Count < PartsInFlight; next++)
                {
                    fetches.Enqueue(FetchAsync(next, opener, buffers, stop.Token));
                }

                using var part = await fetches.Dequeue().ConfigureAwait(false);
                await use(part, stop.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var fetch in fetches)
            {
                await ((Task)fetch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (fetch.IsCompletedSuccessfully)
                {
                    (await fetch.ConfigureAwait(false)).Dispose();
                }
            }

            throw;
        }
    }

    private async Task<VersionPart> FetchAsync(int index, PartOpener? opener, PartBuffers.Lease buffers, CancellationToken cancellationToken)
    {
        // First of all, so that a part never holds the slot that one before it waits for.
        await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Task.Yield(); // hashing and opening belong to another thread than using
        var part = new VersionPart(index, _layout.Length(index), buffers, slots);
        try
        {
            await me.Connection.GetRangeAsync(
                Routes.FilePayload(manifest.File, manifest.Version), _layout.Offset(index), part.Sealed, cancellationToken).ConfigureAwait(false);
            if (!IsPart(index, part.Sealed.Span))
            {
                throw VaultException.Forged($"Part {index} of the file is not what was sent.");
            }

            if (opener is not null)
            {
                await part.OpenAsync(opener).ConfigureAwait(false);
            }

            return part;
        }
        catch (Exception error)
        {
            opener?.Fail(error);
            part.Dispose();
            throw;
        }
    }
}

/// <summary>A part as it is stored, and its plaintext; gives its slot back when disposed.</summary>
internal sealed class VersionPart(int index, int length, PartBuffers.Lease buffers, SemaphoreSlim slots) : IDisposable
{
    private readonly Memory<byte> _sealed = buffers.Rent();
    private readonly Memory<byte> _plain = buffers.RentPlain();

    public int Index => index;

    public Memory<byte> Sealed => _sealed[..length];

    /// <summary>Empty until opened.</summary>
    public ReadOnlyMemory<byte> Plain { get; private set; }

    public async Task OpenAsync(PartOpener opener) =>
        Plain = _plain[..await opener.OpenAsync(index, Sealed, _plain).ConfigureAwait(false)];

    public void Dispose()
    {
        buffers.Return(_sealed);
        buffers.ReturnPlain(_plain);
        slots.Release();
    }
}
