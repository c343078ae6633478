using System.Security.Cryptography;
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
        try
        {
            await ReceiveAsync(file, targetPath, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.IntegrityFailed)
        {
            // Who receives many files must see which one it was.
            throw new VaultException(error.Code, $"'{file.Name}' was not received. {error.Message}", error.Advice, error);
        }
    }

    private async Task ReceiveAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var reply = await connection.GetAsync(
            Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, cancellationToken).ConfigureAwait(false);
        var manifest = VersionCheck.Manifest(reply, file.Id, file.Version, account, ring);
        using var fileKey = await OpenHeaderAsync(reply.Header, file, cancellationToken).ConfigureAwait(false);
        var metadata = VersionCheck.Opened(reply, manifest, fileKey);
        VersionCheck.Chosen(metadata, file);
        if (AgePayload.PlaintextLength(manifest.PayloadLength) != metadata.Size)
        {
            throw VaultException.Forged("The file's length is not what its metadata says.");
        }

        using var target = TargetFile.Create(targetPath, options.Overwrite);
        var meter = new ProgressMeter(progress, metadata.Name, metadata.Size);
        var hash = await FetchAsync(reply, manifest, fileKey, target, meter, cancellationToken).ConfigureAwait(false);
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
        FileVersionReply reply, Manifest manifest, SecretBytes fileKey, TargetFile target, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (!PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout))
        {
            throw VaultException.Forged("The file's parts have no possible lengths.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var opener = new PartOpener(fileKey, layout);
        var path = Routes.FilePayload(manifest.File, manifest.Version);
        var buffers = PartBuffers.For(layout.PartSize);
        var fetches = new Queue<Task<FetchedPart>>();
        var offset = 0L;
        try
        {
            var next = 0;
            for (var index = 0; index < layout.PartCount; index++)
            {
                for (; next < layout.PartCount && fetches.Count < PartsInFlight; next++)
                {
                    fetches.Enqueue(FetchPartAsync(path, layout, next, reply.PartHashes, opener, buffers, stop.Token));
                }

                using var part = await fetches.Dequeue().ConfigureAwait(false);
                var hashing = Task.Run(() => plainHash.AppendData(part.Plain.Span), CancellationToken.None);
                try
                {
                    await target.WriteAsync(part.Plain, offset, stop.Token).ConfigureAwait(false);
                }
                finally
                {
                    await hashing.ConfigureAwait(false);
                }

                offset += part.Plain.Length;
                meter.Add(part.Plain.Length);
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
    }

    private async Task<FetchedPart> FetchPartAsync(
        string path, PartLayout layout, int index, byte[] partHashes, PartOpener opener, PartBuffers buffers, CancellationToken cancellationToken)
    {
        await Task.Yield(); // hashing and opening belong to another thread than writing
        var part = new FetchedPart(layout.Length(index), buffers);
        try
        {
            await connection.GetRangeAsync(path, layout.Offset(index), part.Sealed, cancellationToken).ConfigureAwait(false);
            if (!SHA256.HashData(part.Sealed.Span).AsSpan().SequenceEqual(
                partHashes.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)))
            {
                throw VaultException.Forged($"Part {index} of the file is not what was sent.");
            }

            await part.OpenAsync(opener, index).ConfigureAwait(false);
            return part;
        }
        catch (Exception error)
        {
            opener.Fail(error);
            part.Dispose();
            throw;
        }
    }

    /// <summary>A part as it came, and its plaintext.</summary>
    private sealed class FetchedPart(int length, PartBuffers buffers) : IDisposable
    {
        private readonly Memory<byte> _sealed = buffers.Rent();
        private readonly Memory<byte> _plain = buffers.Rent();

        public Memory<byte> Sealed => _sealed[..length];

        public ReadOnlyMemory<byte> Plain { get; private set; }

        public async Task OpenAsync(PartOpener opener, int index) =>
            Plain = _plain[..await opener.OpenAsync(index, Sealed, _plain).ConfigureAwait(false)];

        public void Dispose()
        {
            buffers.Return(_sealed);
            CryptographicOperations.ZeroMemory(_plain.Span[..length]);
            buffers.Return(_plain);
        }
    }
}
