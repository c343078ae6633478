namespace Vault.Storage.Local;

/// <summary>Gathers large blobs part by part until they are committed; see <see cref="StagedUpload"/>.</summary>
internal sealed class LocalStaging(LocalDataFolder folder)
{
    /// <summary>
    /// How many uploads without a running call are remembered. One that is forgotten loses nothing: its markers are
    /// read again, and its commit hashes its parts once more.
    /// </summary>
    private const int MaxRemembered = 1024;

    // Behind the last segment's name, and in no segment: "a/b" and "a/b/c" can be staged at once.
    private const string FolderSuffix = "+";

    private readonly Dictionary<BlobName, StagedUpload> _uploads = [];
    private readonly KeyedLock<BlobName> _loading = new();
    private long _uses;

    private BlobPaths Paths => new(folder.Staging);

    internal async Task StageAsync(
        BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken)
    {
        using var lease = await RentAsync(name, cancellationToken).ConfigureAwait(false);
        var upload = lease.Upload;
        using (var claim = upload.Claim(part, cancellationToken))
        {
            if (await IsWantedAsync(upload, part, claim, cancellationToken).ConfigureAwait(false))
            {
                await WriteAsync(upload, part, content, claim).ConfigureAwait(false);
                return;
            }
        }

        // Staged or committed already: a repetition is checked like any other, but its bytes are not needed.
        await PartContent.CheckAsync(name, part, content, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<IReadOnlyList<BlobPart>> ListPartsAsync(BlobName name, CancellationToken cancellationToken)
    {
        using var lease = await RentAsync(name, cancellationToken).ConfigureAwait(false);
        return lease.Upload.Parts();
    }

    /// <summary>Takes the upload for a commit, as soon as nobody writes. The caller disposes the claim.</summary>
    internal async Task<CommitClaim> ClaimForCommitAsync(
        BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken)
    {
        var lease = await RentAsync(name, cancellationToken).ConfigureAwait(false);
        StagingClaim? claim = null;
        try
        {
            claim = lease.Upload.TryClaimAll(parts, out var missing, cancellationToken);
            if (claim is null)
            {
                // Another commit may just have taken the parts; then it made the blob before it dropped them.
                claim = IsCommitted(name)
                    ? lease.Upload.ClaimAll(cancellationToken)
                    : throw lease.Upload.PartMissing(missing);
            }

            await claim.GrantedAsync().ConfigureAwait(false);
            return new CommitClaim(lease, claim, parts);
        }
        catch
        {
            claim?.Dispose();
            lease.Dispose();
            throw;
        }
    }

    internal async Task AbandonAsync(BlobName name, CancellationToken cancellationToken)
    {
        using var lease = await RentAsync(name, cancellationToken).ConfigureAwait(false);
        using var claim = lease.Upload.ClaimAll(cancellationToken);
        await claim.GrantedAsync().ConfigureAwait(false);
        await LocalFile.RunAsync($"drop the parts of the blob {name}", lease.Upload.Discard, cancellationToken)
            .ConfigureAwait(false);
    }

    internal async Task AbandonFolderAsync(BlobName blobs, CancellationToken cancellationToken)
    {
        var names = await LocalFile.RunAsync(
            $"list what is staged for {blobs}", () => List(blobs).ToArray(), cancellationToken).ConfigureAwait(false);
        foreach (var name in names)
        {
            await AbandonAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Every name beneath a folder that something is staged for.</summary>
    internal IEnumerable<BlobName> List(BlobName blobs)
    {
        foreach (var path in LocalFile.EnumerateFolders(Paths.PathOf(blobs), "*" + FolderSuffix))
        {
            if (Paths.TryNameOf(path[..^FolderSuffix.Length], out var name))
            {
                yield return name;
            }
        }
    }

    private static async Task WriteAsync(
        StagedUpload upload, BlobPart part, Stream content, StagingClaim claim)
    {
        var doing = $"stage part {part.Index} of the blob {upload.Name}";
        try
        {
            using (var file = await LocalFile.RunAsync(doing, () => upload.OpenFor(part, claim), claim.Stopped)
                .ConfigureAwait(false))
            {
                await PartContent.ReceiveAsync(upload.Name, part, content, file, claim.Stopped).ConfigureAwait(false);
            }

            await LocalFile.RunAsync(doing, () => upload.Add(part, claim), claim.Stopped).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await RemoveIfUnusedAsync(upload, claim).ConfigureAwait(false);
            if (error is OperationCanceledException && claim.WasTaken)
            {
                throw Taken(upload.Name, error);
            }

            throw;
        }
    }

    private static async Task RemoveIfUnusedAsync(StagedUpload upload, StagingClaim claim)
    {
        try
        {
            await LocalFile.RunAsync(
                $"clear up after the blob {upload.Name}", () => upload.RemoveIfUnused(claim), CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // The failure before this one is the one to report; abandoning the upload removes what stays behind.
        }
    }

    private static StorageException Taken(BlobName name, Exception error) => new(
        StorageError.Conflict,
        $"The parts of the blob {name} were committed or dropped while one was being sent.",
        error);

    private async Task<bool> IsWantedAsync(
        StagedUpload upload, BlobPart part, StagingClaim claim, CancellationToken cancellationToken)
    {
        try
        {
            await claim.GrantedAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (claim.WasTaken)
        {
            throw Taken(upload.Name, error);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return !upload.HasVerified(part) && !IsCommitted(upload.Name);
    }

    private bool IsCommitted(BlobName name) => File.Exists(new BlobPaths(folder.Blobs).PathOf(name));

    private async Task<UploadLease> RentAsync(BlobName name, CancellationToken cancellationToken)
    {
        UploadLease lease;
        lock (_uploads)
        {
            if (!_uploads.TryGetValue(name, out var upload))
            {
                upload = new StagedUpload(name, Paths.PathOf(name) + FolderSuffix, Paths.ShardOf(name));
                _uploads[name] = upload;
            }

            upload.Users++;
            lease = new UploadLease(this, upload);
        }

        try
        {
            using var turn = await _loading.EnterAsync(name, cancellationToken).ConfigureAwait(false);
            if (!lease.Upload.IsLoaded)
            {
                await LocalFile.RunAsync(
                    $"read what is staged for the blob {name}", lease.Upload.Load, cancellationToken)
                    .ConfigureAwait(false);
            }

            lease.Upload.ForgetIfDropped();
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private void Return(StagedUpload upload)
    {
        lock (_uploads)
        {
            upload.LastUse = ++_uses;
            if (--upload.Users == 0 && (upload.IsEmpty || !upload.IsLoaded))
            {
                _uploads.Remove(upload.Name);
            }

            if (_uploads.Count > MaxRemembered
                && _uploads.Values.Where(other => other.Users == 0).MinBy(other => other.LastUse) is { } oldest)
            {
                _uploads.Remove(oldest.Name);
            }
        }
    }

    /// <summary>Keeps an upload in memory while a call uses it.</summary>
    internal sealed class UploadLease(LocalStaging owner, StagedUpload upload) : IDisposable
    {
        internal StagedUpload Upload => upload;

        public void Dispose() => owner.Return(upload);
    }
}

/// <summary>An upload that only its commit may touch, until disposed.</summary>
internal sealed class CommitClaim(
    LocalStaging.UploadLease lease, StagingClaim claim, IReadOnlyList<BlobPart> parts) : IDisposable
{
    /// <inheritdoc cref="StagedUpload.Complete"/>
    internal string Complete(long length) => lease.Upload.Complete(parts, length);

    /// <inheritdoc cref="StagedUpload.Discard"/>
    internal void Discard() => lease.Upload.Discard();

    public void Dispose()
    {
        claim.Dispose();
        lease.Dispose();
    }
}
