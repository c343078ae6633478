using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>
/// Sends one file in parts. Reading, hashing, sealing and uploading of different parts overlap; memory is bounded by the parts in flight.
/// A send that died is continued where it broke off, as long as the file is what it was.
/// </summary>
/// <param name="slots">As many as parts may be in flight, of this send and of others that run beside it.</param>
internal sealed class LargeSend(SignedIn me, SendOptions options, Commit commit, Source source, string name, SemaphoreSlim slots)
{
    private SendJournal? _journal;

    internal async Task<VaultFile> RunAsync(IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        _journal = SendJournal.TryOpen(me, name);
        using var journal = _journal;
        if (journal?.Content is { } begun && await ContinueAsync(begun, progress, cancellationToken).ConfigureAwait(false) is { } continued)
        {
            return continued;
        }

        using var content = await NewContent.CreateAsync(me.Ring, options, source.Length, cancellationToken).ConfigureAwait(false);
        var target = await ReserveAsync(content, cancellationToken).ConfigureAwait(false);
        _journal = journal?.TryBegin(content) == true ? journal : null;
        return await SendAsync(content, target, [], progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes on with a send that died.</summary>
    /// <returns>Null where it cannot be: the file has changed, something else is asked for, or the journal does not tell of all that left.
    /// Then nothing of it is left.</returns>
    private async Task<VaultFile?> ContinueAsync(NewContent begun, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            if (begun.Length == source.Length && await begun.IsAsAskedAsync(options, cancellationToken).ConfigureAwait(false))
            {
                var target = await ReserveAsync(begun, cancellationToken).ConfigureAwait(false);
                if (await FindArrivedAsync(begun.Upload, cancellationToken).ConfigureAwait(false) is not { } arrived)
                {
                    return await FindStoredAsync(begun, target, progress, cancellationToken).ConfigureAwait(false);
                }

                // Each part is noted before it leaves: a journal that does not tell of all that arrived is an older one, come back.
                if (_journal is { IsDamaged: false } && arrived.Keys.All(index => _journal.TryFind(index, out _)))
                {
                    return await SendAsync(begun, target, arrived, progress, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (VaultException error) when (error.Code is VaultErrorCode.SourceChanged or VaultErrorCode.Conflict)
        {
            // The file is another one than the journal tells of: it gets a key of its own.
        }

        // Forgotten first: what has arrived, which tells that a journal is an older one, is gone once the send is given back.
        if (_journal is null or { IsKept: false } || _journal.TryForget())
        {
            await Send.ReleaseAsync(me, begun.Upload).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<SendTarget> ReserveAsync(NewContent content, CancellationToken cancellationToken)
    {
        var tag = await OwnFiles.TagAsync(me, name, cancellationToken).ConfigureAwait(false);
        return await me.Connection.PostAsync(
            Routes.Sends, content.Reserve(FileId.New(), tag), ProtocolJson.Default.ReserveSendRequest,
            ProtocolJson.Default.SendTarget, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The parts that the server has, with their hashes; null where the send is under way no more.</summary>
    private async Task<Dictionary<int, byte[]>?> FindArrivedAsync(UploadId upload, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await me.Connection.GetAsync(
                Routes.SendParts(upload), ProtocolJson.Default.SendPartsReply, cancellationToken).ConfigureAwait(false);
            return reply.Parts.GroupBy(part => part.Index).ToDictionary(parts => parts.Key, parts => parts.First().Sha256);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The version that was made just before the receipt could be read; null where it is of another content.</summary>
    private async Task<VaultFile?> FindStoredAsync(
        NewContent begun, SendTarget target, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var (file, manifest, _) = await OwnFiles.GetSignedAsync(me, target.File, target.Version, cancellationToken).ConfigureAwait(false);
            if (!begun.IsIn(manifest) || file.Sha256 != Convert.ToHexStringLower(await source.HashAsync(cancellationToken).ConfigureAwait(false)))
            {
                return null;
            }

            _journal?.TryForget();
            new ProgressMeter(progress, name, source.Length).Add(source.Length);
            return file;
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.NotFound)
        {
            return null;
        }
    }

    private async Task<VaultFile> SendAsync(
        NewContent content, SendTarget target, Dictionary<int, byte[]> arrived, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            var meter = new ProgressMeter(progress, name, source.Length);
            var (plainHash, partHashes) = await UploadAsync(content, arrived, meter, cancellationToken).ConfigureAwait(false);
            source.RequireUnchanged();
            var metadata = new FileMetadata(name, source.Length, source.ModifiedAt, plainHash, content.Protection);
            var stored = await commit.RunAsync(content, target, metadata, partHashes, cancellationToken).ConfigureAwait(false);
            _journal?.TryForget();
            return stored;
        }
        catch (Exception error) when (_journal is not { IsKept: true } || error is not VaultException { IsTemporary: true })
        {
            // What is temporary has nothing to do with the file: the same command then goes on. All else gives everything back.
            _journal?.TryForget();
            await Send.ReleaseAsync(me, content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<(byte[] PlainHash, byte[] PartHashes)> UploadAsync(
        NewContent content, Dictionary<int, byte[]> arrived, ProgressMeter meter, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var partHashes = new byte[content.Layout.PartCount * SHA256.HashSizeInBytes];
        var uploads = new List<Task>();
        using var buffers = PartBuffers.For(content.Layout.PartSize);
        Exception? failure = null; // set before the slot is free: nothing is sealed any more once a part has failed
        async Task RunAsync(Part part, byte[]? upToHere)
        {
            try
            {
                await UploadAsync(part, upToHere, partHashes, meter, stop.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, error, null);
                throw;
            }
            finally
            {
                part.Dispose();
                slots.Release();
            }
        }

        try
        {
            for (var index = 0; index < content.Layout.PartCount; index++)
            {
                await slots.WaitAsync(stop.Token).ConfigureAwait(false);
                if (Volatile.Read(ref failure) is { } failed)
                {
                    slots.Release();
                    ExceptionDispatchInfo.Throw(failed);
                }

                uploads.RemoveAll(upload => upload.IsCompletedSuccessfully);
                var part = new Part(content, index, buffers);
                var sent = false;
                try
                {
                    await source.ReadAsync(part.Plain, index * content.PlainPartSize, stop.Token).ConfigureAwait(false);
                    plainHash.AppendData(part.Plain.Span);
                    var upToHere = _journal is null ? null : plainHash.GetCurrentHash();
                    if (HasArrived(index, upToHere, arrived, out var sealedHash))
                    {
                        sealedHash.CopyTo(partHashes, index * SHA256.HashSizeInBytes);
                        meter.Add(part.Plain.Length);
                        continue;
                    }

                    uploads.Add(RunAsync(part, upToHere));
                    sent = true;
                }
                finally
                {
                    if (!sent)
                    {
                        part.Dispose();
                        slots.Release();
                    }
                }
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

    /// <summary>Whether a part of a send that is continued need not be sent again.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.SourceChanged"/>: something else was sealed as this part.</exception>
    private bool HasArrived(int index, byte[]? upToHere, Dictionary<int, byte[]> arrived, [NotNullWhen(true)] out byte[]? sealedHash)
    {
        sealedHash = null;
        if (upToHere is null || !_journal!.TryFind(index, out var part)) // a hash is made only for a journal
        {
            return false;
        }

        if (!part.PlainHash.AsSpan().SequenceEqual(upToHere))
        {
            throw source.Changed();
        }

        // The server's word only says what need not travel: the hash that is signed is the journal's.
        sealedHash = part.SealedHash;
        return arrived.TryGetValue(index, out var hash) && part.SealedHash.AsSpan().SequenceEqual(hash);
    }

    private async Task UploadAsync(
        Part part, byte[]? upToHere, byte[] partHashes, ProgressMeter meter, CancellationToken cancellationToken)
    {
        await Task.Yield(); // sealing belongs to another thread than reading and hashing
        var hash = part.Seal();
        await NoteAsync(part.Index, upToHere, hash, cancellationToken).ConfigureAwait(false);
        hash.CopyTo(partHashes, part.Index * SHA256.HashSizeInBytes);
        await me.Connection.PutPartAsync(
            Routes.SendPart(part.Content.Upload, part.Index), part.Sealed, Convert.ToHexStringLower(hash), cancellationToken).ConfigureAwait(false);
        meter.Add(part.Plain.Length);
    }

    /// <summary>Before the first byte of a part leaves.</summary>
    private async Task NoteAsync(int index, byte[]? upToHere, byte[] sealedHash, CancellationToken cancellationToken)
    {
        if (upToHere is null)
        {
            return;
        }

        if (!_journal!.TryFind(index, out var before)) // a hash is made only for a journal
        {
            await _journal.AddAsync(index, new JournaledPart(upToHere, sealedHash), cancellationToken).ConfigureAwait(false);
        }
        else if (!before.SealedHash.AsSpan().SequenceEqual(sealedHash))
        {
            throw source.Changed();
        }
    }

    /// <summary>The two buffers of one part; the part is sealed from the very buffer that was hashed.</summary>
    private sealed class Part : IDisposable
    {
        private readonly PartBuffers.Lease _buffers;
        private readonly Memory<byte> _plain;
        private readonly Memory<byte> _sealed;

        public Part(NewContent content, int index, PartBuffers.Lease buffers)
        {
            Content = content;
            Index = index;
            _buffers = buffers;
            _plain = buffers.RentPlain();
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
            _buffers.ReturnPlain(_plain);
            _buffers.Return(_sealed);
        }
    }
}
