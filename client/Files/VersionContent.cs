using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>The payload of one version, part by part: several are fetched side by side, each is compared with the signed list.</summary>
/// <param name="fileKey">Opens the parts; null to have them as they are stored.</param>
internal sealed class VersionContent(SignedIn me, FileVersionReply reply, Manifest manifest, SecretBytes? fileKey)
{
    private const int PartsInFlight = 4;

    private readonly PartLayout _layout = PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout)
        ? layout
        : throw VaultException.Forged("The file's parts have no possible lengths.");

    /// <summary>How the payload is cut.</summary>
    public PartLayout Layout => _layout;

    /// <summary>Hands the parts over in order; the next ones are under way meanwhile.</summary>
    /// <exception cref="VaultException">Also <see cref="VaultErrorCode.IntegrityFailed"/>: a part is not what was sent.</exception>
    internal async Task ForEachAsync(Func<VersionPart, CancellationToken, Task> use, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var opener = fileKey is null ? null : new PartOpener(fileKey, _layout);
        var buffers = PartBuffers.For(_layout.PartSize);
        var fetches = new Queue<Task<VersionPart>>();
        try
        {
            var next = 0;
            for (var index = 0; index < _layout.PartCount; index++)
            {
                for (; next < _layout.PartCount && fetches.Count < PartsInFlight; next++)
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

    private async Task<VersionPart> FetchAsync(int index, PartOpener? opener, PartBuffers buffers, CancellationToken cancellationToken)
    {
        await Task.Yield(); // hashing and opening belong to another thread than using
        var part = new VersionPart(index, _layout.Length(index), buffers);
        try
        {
            await me.Connection.GetRangeAsync(
                Routes.FilePayload(manifest.File, manifest.Version), _layout.Offset(index), part.Sealed, cancellationToken).ConfigureAwait(false);
            if (!SHA256.HashData(part.Sealed.Span).AsSpan().SequenceEqual(
                reply.PartHashes.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)))
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

/// <summary>A part as it is stored, and its plaintext.</summary>
internal sealed class VersionPart(int index, int length, PartBuffers buffers) : IDisposable
{
    private readonly Memory<byte> _sealed = buffers.Rent();
    private readonly Memory<byte> _plain = buffers.Rent();

    public int Index => index;

    public Memory<byte> Sealed => _sealed[..length];

    /// <summary>Empty until opened.</summary>
    public ReadOnlyMemory<byte> Plain { get; private set; }

    public async Task OpenAsync(PartOpener opener) =>
        Plain = _plain[..await opener.OpenAsync(index, Sealed, _plain).ConfigureAwait(false)];

    public void Dispose()
    {
        buffers.Return(_sealed);
        CryptographicOperations.ZeroMemory(_plain.Span[..length]);
        buffers.Return(_plain);
    }
}
