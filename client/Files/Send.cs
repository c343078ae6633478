using System.Security.Cryptography;
using Vault.Client.Keys;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Sends one file. Reading, hashing, sealing and uploading of different parts overlap; memory is bounded by the parts in flight.</summary>
internal sealed class Send(VaultConnection connection, KeyRing ring, AccountId account, SendOptions options)
{
    /// <summary>Up to here a file travels in one request.</summary>
    internal const long SmallLength = 1024 * 1024;

    private const int PartsInFlight = 4;
    private const int MaxRaces = 20;

    internal async Task<VaultFile> RunAsync(
        string path, string name, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var source = Source.Open(path);
        var meter = new ProgressMeter(progress, name, source.Length);
        using var content = await NewContent.CreateAsync(ring, options, source.Length, cancellationToken).ConfigureAwait(false);
        if (source.Length <= SmallLength)
        {
            using var item = await SmallSend.PrepareAsync(source, name, content, ring, account, cancellationToken).ConfigureAwait(false);
            var reply = await SmallSend.PostAsync(connection, [item], cancellationToken).ConfigureAwait(false);
            var stored = await FinishAsync(item, reply[0], cancellationToken).ConfigureAwait(false);
            meter.Add(source.Length);
            return stored;
        }

        var target = await connection.PostAsync(
            Routes.Sends, content.Reserve(FileId.New(), ring.NameTag(name)), ProtocolJson.Default.ReserveSendRequest,
            ProtocolJson.Default.SendTarget, cancellationToken).ConfigureAwait(false);
        try
        {
            var (plainHash, partHashes) = await UploadAsync(source, content, meter, cancellationToken).ConfigureAwait(false);
            source.RequireUnchanged();
            var metadata = new FileMetadata(name, source.Length, source.ModifiedAt, plainHash, content.Protection);
            return await CommitAsync(content, target, metadata, partHashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a small send's reply means: a receipt to check, a version to sign anew, or an error.</summary>
    internal async Task<VaultFile> FinishAsync(SmallSend item, SendBatchItemReply reply, CancellationToken cancellationToken)
    {
        if (reply.Receipt is { } receipt)
        {
            return Checked(item.Content, item.Commit, item.Manifest, item.Metadata, receipt);
        }

        var problem = VaultException.From(reply.Problem ?? new Problem(ErrorCode.ServerBusy, "The server gave no answer."));
        if (problem is not { Code: VaultErrorCode.Conflict, Target: { } target })
        {
            if (problem.Code is VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerBusy)
            {
                await ReleaseAsync(item.Content.Upload).ConfigureAwait(false); // it may have been announced and then not stored
            }

            throw problem;
        }

        try
        {
            return await CommitAsync(item.Content, target, item.Metadata, item.Commit.PartHashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(item.Content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Signs and commits; if another send of the name was first, signs the next version.</summary>
    private async Task<VaultFile> CommitAsync(
        NewContent content, SendTarget target, FileMetadata metadata, byte[] partHashes, CancellationToken cancellationToken)
    {
        for (var race = 1; ; race++)
        {
            VersionCheck.Target(target);
            var (commit, manifest) = content.Sign(ring, account, target, metadata, partHashes);
            try
            {
                var receipt = await connection.PostAsync(
                    Routes.SendCommit(content.Upload), commit, ProtocolJson.Default.CommitSendRequest,
                    ProtocolJson.Default.Receipt, cancellationToken).ConfigureAwait(false);
                return Checked(content, commit, manifest, metadata, receipt);
            }
            catch (VaultException error) when (error is { Code: VaultErrorCode.Conflict, Target: not null } && race < MaxRaces)
            {
                target = error.Target;
            }
        }
    }

    private static VaultFile Checked(NewContent content, CommitSendRequest commit, Manifest manifest, FileMetadata metadata, Receipt receipt)
    {
        VersionCheck.Receipt(receipt, manifest, commit.Manifest);
        return VaultFile.From(
            manifest.File, manifest.Version, metadata, DateTimeOffset.UtcNow, content.Header.Length + content.PayloadLength);
    }

    private async Task<(byte[] PlainHash, byte[] PartHashes)> UploadAsync(
        Source source, NewContent content, ProgressMeter meter, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var slots = new SemaphoreSlim(PartsInFlight);
        using var plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var partHashes = new byte[content.Layout.PartCount * SHA256.HashSizeInBytes];
        var uploads = new List<Task>();
        var buffers = PartBuffers.For(content.Layout.PartSize);
        try
        {
            for (var index = 0; index < content.Layout.PartCount; index++)
            {
                await slots.WaitAsync(stop.Token).ConfigureAwait(false);
                var failed = uploads.Find(upload => upload.IsFaulted);
                if (failed is not null)
                {
                    slots.Release();
                    await failed.ConfigureAwait(false);
                }

                uploads.RemoveAll(upload => upload.IsCompletedSuccessfully);
                var part = new Part(content, index, buffers);
                try
                {
                    await source.ReadAsync(part.Plain, index * content.PlainPartSize, stop.Token).ConfigureAwait(false);
                    plainHash.AppendData(part.Plain.Span);
                }
                catch
                {
                    part.Dispose();
                    slots.Release();
                    throw;
                }

                uploads.Add(UploadAsync(part, partHashes, slots, meter, stop.Token));
            }

            await Task.WhenAll(uploads).ConfigureAwait(false);
            return (plainHash.GetHashAndReset(), partHashes);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(uploads).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the first error is the one to tell
            throw;
        }
    }

    private async Task UploadAsync(
        Part part, byte[] partHashes, SemaphoreSlim slots, ProgressMeter meter, CancellationToken cancellationToken)
    {
        await Task.Yield(); // sealing belongs to another thread than reading and hashing
        try
        {
            var hash = part.Seal();
            hash.CopyTo(partHashes, part.Index * SHA256.HashSizeInBytes);
            await connection.PutPartAsync(
                Routes.SendPart(part.Content.Upload, part.Index), part.Sealed, Convert.ToHexStringLower(hash), cancellationToken).ConfigureAwait(false);
            meter.Add(part.Plain.Length);
        }
        finally
        {
            part.Dispose();
            slots.Release();
        }
    }

    // Best effort with a bound: a reservation that stays behind expires by itself.
    private async Task ReleaseAsync(UploadId upload)
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await connection.DeleteAsync(Routes.Send(upload), time.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is VaultException or OperationCanceledException)
        {
            // The error that ended the send is the one to tell.
        }
    }

    /// <summary>The two buffers of one part; the part is sealed from the very buffer that was hashed.</summary>
    private sealed class Part : IDisposable
    {
        private readonly PartBuffers _buffers;
        private readonly Memory<byte> _plain;
        private readonly Memory<byte> _sealed;

        public Part(NewContent content, int index, PartBuffers buffers)
        {
            Content = content;
            Index = index;
            _buffers = buffers;
            _plain = buffers.Rent();
            _sealed = buffers.Rent();
            Plain = _plain[..content.PlainLength(index)];
            Sealed = _sealed[..content.Layout.Length(index)];
        }

        public NewContent Content { get; }

        public int Index { get; }

        public Memory<byte> Plain { get; }

        public Memory<byte> Sealed { get; }

        public byte[] Seal()
        {
            Content.Seal(Index, Plain.Span, Sealed.Span);
            return SHA256.HashData(Sealed.Span);
        }

        public void Dispose()
        {
            CryptographicOperations.ZeroMemory(Plain.Span);
            _buffers.Return(_plain);
            _buffers.Return(_sealed);
        }
    }
}
