using System.Security.Cryptography;
using Vault.Client.Shares;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Sends one file. Reading, hashing, sealing and uploading of different parts overlap; memory is bounded by the parts in flight.</summary>
internal sealed class Send(SignedIn me, SendOptions options)
{
    /// <summary>Up to here a file travels in one request.</summary>
    internal const long SmallLength = 1024 * 1024;

    private const int PartsInFlight = 4;

    private readonly Commit _commit = new(me, new Renewal(me));

    internal async Task<VaultFile> RunAsync(
        string path, string name, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var source = Source.Open(path);
        var meter = new ProgressMeter(progress, name, source.Length);
        using var content = await NewContent.CreateAsync(me.Ring, options, source.Length, cancellationToken).ConfigureAwait(false);
        if (source.Length <= SmallLength)
        {
            using var item = await SmallSend.PrepareAsync(source, name, content, me, cancellationToken).ConfigureAwait(false);
            var reply = await SmallSend.PostAsync(me.Connection, [item], cancellationToken).ConfigureAwait(false);
            var stored = await FinishAsync(item, reply[0], cancellationToken).ConfigureAwait(false);
            meter.Add(source.Length);
            return stored;
        }

        var target = await me.Connection.PostAsync(
            Routes.Sends, content.Reserve(FileId.New(), await OwnFiles.TagAsync(me, name, cancellationToken).ConfigureAwait(false)), ProtocolJson.Default.ReserveSendRequest,
            ProtocolJson.Default.SendTarget, cancellationToken).ConfigureAwait(false);
        try
        {
            var (plainHash, partHashes) = await UploadAsync(source, content, meter, cancellationToken).ConfigureAwait(false);
            source.RequireUnchanged();
            var metadata = new FileMetadata(name, source.Length, source.ModifiedAt, plainHash, content.Protection);
            return await _commit.RunAsync(content, target, metadata, partHashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(me, content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a small send's reply means: a receipt to check, a version to sign anew, or an error.</summary>
    internal async Task<VaultFile> FinishAsync(SmallSend item, SendBatchItemReply reply, CancellationToken cancellationToken)
    {
        if (reply.Receipt is { } receipt)
        {
            return Commit.Check(item.Content, item.Commit, item.Manifest, item.Metadata, receipt);
        }

        var problem = VaultException.From(reply.Problem ?? new Problem(ErrorCode.ServerBusy, "The server gave no answer."));
        if (!Commit.IsRace(problem))
        {
            if (problem.Code is VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerBusy)
            {
                await ReleaseAsync(me, item.Content.Upload).ConfigureAwait(false); // it may have been announced and then not stored
            }

            throw problem;
        }

        try
        {
            var target = problem.Target ?? item.Target with { IsShared = true };
            return await _commit.RunAsync(item.Content, target, item.Metadata, item.Commit.PartHashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(me, item.Content.Upload).ConfigureAwait(false);
            throw;
        }
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
            await me.Connection.PutPartAsync(
                Routes.SendPart(part.Content.Upload, part.Index), part.Sealed, Convert.ToHexStringLower(hash), cancellationToken).ConfigureAwait(false);
            meter.Add(part.Plain.Length);
        }
        finally
        {
            part.Dispose();
            slots.Release();
        }
    }

    /// <summary>Gives a reservation back. Best effort with a bound: one that stays behind expires by itself.</summary>
    internal static async Task ReleaseAsync(SignedIn me, UploadId upload)
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await me.Connection.DeleteAsync(Routes.Send(upload), time.Token).ConfigureAwait(false);
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
