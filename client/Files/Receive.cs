using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Receives one file: parts are fetched side by side, each is verified before its bytes are used, and the target appears whole.</summary>
internal sealed class Receive(VaultConnection connection, KeyRing ring, AccountId account, ReceiveOptions options)
{
    private const int PartsInFlight = 4;

    internal async Task RunAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var reply = await connection.GetAsync(
            Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, cancellationToken).ConfigureAwait(false);
        var manifest = VersionCheck.Manifest(reply, file.Id, file.Version, account, ring);
        using var fileKey = await OpenHeaderAsync(reply.Header, file, cancellationToken).ConfigureAwait(false);
        var metadata = VersionCheck.Opened(reply, manifest, fileKey);
        if (AgePayload.PlaintextLength(manifest.PayloadLength) != metadata.Size)
        {
            throw VaultException.Forged("The file's length is not what its metadata says.");
        }

        using var target = TargetFile.Create(targetPath, options.Overwrite);
        var meter = new ProgressMeter(progress, metadata.Name, metadata.Size);
        var hash = await FetchAsync(reply, manifest, fileKey, target.Handle, meter, cancellationToken).ConfigureAwait(false);
        if (!hash.AsSpan().SequenceEqual(metadata.Sha256))
        {
            throw VaultException.Forged("The file's content is not what was sent.");
        }

        target.Complete(metadata.ModifiedAt);
    }

    private async Task<SecretBytes> OpenHeaderAsync(byte[] header, VaultFile file, CancellationToken cancellationToken)
    {
        try
        {
            if (file.Protection == FileProtection.Key)
            {
                return AgeHeader.Unwrap(header, ring.Identity);
            }

            if (options.Password is not { } password)
            {
                throw new VaultException(
                    VaultErrorCode.WrongFilePassword, $"'{file.Name}' was sent with a password of its own.", "Give it with -Password.");
            }

            return await PasswordWork.RunAsync(
                () =>
                {
                    using var identity = new ScryptIdentity(password.Span);
                    return AgeHeader.Unwrap(header, identity);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (AgeException error) when (error.Error == AgeError.NoMatch && file.Protection == FileProtection.Password)
        {
            throw new VaultException(
                VaultErrorCode.WrongFilePassword, $"The password does not open '{file.Name}'.", "Give the password that it was sent with.", error);
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The header of '{file.Name}' does not verify: {error.Message}");
        }
    }

    private async Task<byte[]> FetchAsync(
        FileVersionReply reply, Manifest manifest, SecretBytes fileKey, SafeFileHandle target, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (!PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout))
        {
            throw VaultException.Forged("The file's parts have no possible lengths.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var path = Routes.FilePayload(manifest.File, manifest.Version);
        var fetches = new Queue<Task<FetchedPart>>();
        PayloadKey? payloadKey = null;
        var offset = 0L;
        try
        {
            var next = 0;
            for (var index = 0; index < layout.PartCount; index++)
            {
                for (; next < layout.PartCount && fetches.Count < PartsInFlight; next++)
                {
                    fetches.Enqueue(FetchPartAsync(path, layout, next, reply.PartHashes, stop.Token));
                }

                using var part = await fetches.Dequeue().ConfigureAwait(false);
                payloadKey ??= new PayloadKey(fileKey, part.Sealed.Span[..AgePayload.NonceLength]);
                var plain = await Task.Run(() => part.Open(payloadKey, layout), stop.Token).ConfigureAwait(false);
                var hashing = Task.Run(() => plainHash.AppendData(plain.Span), CancellationToken.None);
                try
                {
                    await WriteAsync(target, plain, offset, stop.Token).ConfigureAwait(false);
                }
                finally
                {
                    await hashing.ConfigureAwait(false);
                }

                offset += plain.Length;
                meter.Add(plain.Length);
            }

            return plainHash.GetHashAndReset();
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
        finally
        {
            payloadKey?.Dispose();
        }
    }

    private static async Task WriteAsync(SafeFileHandle target, ReadOnlyMemory<byte> plain, long offset, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(target, plain, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw TargetFile.Failure(error);
        }
    }

    private async Task<FetchedPart> FetchPartAsync(
        string path, PartLayout layout, int index, byte[] partHashes, CancellationToken cancellationToken)
    {
        await Task.Yield(); // hashing belongs to another thread than writing
        var part = new FetchedPart(index, layout.Length(index));
        try
        {
            await connection.GetRangeAsync(path, layout.Offset(index), part.Sealed, cancellationToken).ConfigureAwait(false);
            if (!SHA256.HashData(part.Sealed.Span).AsSpan().SequenceEqual(
                partHashes.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)))
            {
                throw VaultException.Forged($"Part {index} of the file is not what was sent.");
            }

            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    /// <summary>A part that has its hash, and room for its plaintext.</summary>
    private sealed class FetchedPart(int index, int length) : IDisposable
    {
        private readonly byte[] _sealed = ArrayPool<byte>.Shared.Rent(length);
        private byte[]? _plain;

        public Memory<byte> Sealed => _sealed.AsMemory(0, length);

        public ReadOnlyMemory<byte> Open(PayloadKey key, PartLayout layout)
        {
            var chunks = Sealed.Span[(index == 0 ? AgePayload.NonceLength : 0)..];
            _plain = ArrayPool<byte>.Shared.Rent(chunks.Length);
            var lastPart = index == layout.PartCount - 1;
            var counter = (ulong)index * (ulong)(layout.PartSize / AgePayload.SealedChunkSize);
            var written = 0;
            while (!chunks.IsEmpty)
            {
                var chunk = chunks[..Math.Min(chunks.Length, AgePayload.SealedChunkSize)];
                chunks = chunks[chunk.Length..];
                if (chunk.Length < AgePayload.Overhead
                    || !key.TryOpenChunk(
                        _plain.AsSpan(written, chunk.Length - AgePayload.Overhead), chunk, counter++, lastPart && chunks.IsEmpty))
                {
                    throw VaultException.Forged("The file's content does not decrypt.");
                }

                written += chunk.Length - AgePayload.Overhead;
            }

            return _plain.AsMemory(0, written);
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(_sealed);
            if (_plain is not null)
            {
                CryptographicOperations.ZeroMemory(_plain);
                ArrayPool<byte>.Shared.Return(_plain);
            }
        }
    }
}
