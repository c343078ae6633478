using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// What is staged for one blob: a sparse file with every part in its place, and beside it an empty marker file per part
/// whose name is <c>{index}-{offset}-{length}-{SHA-256}</c>.
/// </summary>
/// <remarks>
/// What a marker is worth. It is made after the part's bytes were written and their hash compared, and removed before
/// anything is written over them, so after a kill the markers are right: the kernel has the bytes. After a power cut a
/// marker may have survived its bytes, because neither is synced. So markers read back by a new process only promise:
/// <see cref="Complete"/> hashes those parts again before it trusts them. Parts received by this process need no second
/// look, for the commit syncs the whole file and fails if the disk does. A lost marker costs one part sent again.
/// </remarks>
internal sealed class StagedUpload(BlobName name, string folder, string top)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, StagedPart> _parts = []; // by offset
    private readonly List<StagingClaim> _claims = []; // in the order of their coming
    private bool _hasContent;

    internal BlobName Name => name;

    /// <summary>How many calls are using this object; guarded by <see cref="LocalStaging"/>.</summary>
    internal int Users { get; set; }

    /// <summary>When it was last used; guarded by <see cref="LocalStaging"/>.</summary>
    internal long LastUse { get; set; }

    internal bool IsLoaded { get; private set; }

    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _parts.Count == 0;
            }
        }
    }

    private string ContentPath => Path.Combine(folder, "content");

    /// <summary>Reads the markers that an earlier process left.</summary>
    internal void Load()
    {
        lock (_gate)
        {
            if (File.Exists(ContentPath))
            {
                _hasContent = true;
                foreach (var path in Directory.EnumerateFiles(folder))
                {
                    if (TryParseMarker(Path.GetFileName(path), out var part))
                    {
                        _parts[part.Offset] = new StagedPart(part, IsVerified: false);
                    }
                }
            }
            else
            {
                RemoveFolder(); // Markers without content: a commit was cut off after its rename.
            }

            IsLoaded = true;
        }
    }

    /// <summary>
    /// Forgets what is staged where a process beside this one has dropped it. Who is writing must stop: it is a file that nobody finds.
    /// </summary>
    /// <param name="own">The claim of the caller, which writes nothing yet.</param>
    internal void ForgetIfDropped(StagingClaim? own = null)
    {
        lock (_gate)
        {
            if (_hasContent && !_claims.Exists(claim => claim.IsExclusive) && !File.Exists(ContentPath))
            {
                _hasContent = false;
                _parts.Clear();
                _claims.FindAll(claim => claim != own).ForEach(writer => writer.Stop());
            }
        }
    }

    /// <summary>
    /// Claims a stretch for writing; it is granted when every overlapping claim before it is released.
    /// </summary>
    internal StagingClaim Claim(BlobPart part, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Enqueue(new StagingClaim(this, part.Offset, part.Offset + part.Length, cancellationToken));
        }
    }

    /// <summary>Claims everything, and makes those who are writing stop.</summary>
    internal StagingClaim ClaimAll(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _claims.ForEach(writer => writer.Stop());
            return Enqueue(new StagingClaim(this, 0, long.MaxValue, cancellationToken));
        }
    }

    /// <summary>Claims everything for a commit, unless parts are missing: then nobody is disturbed.</summary>
    internal StagingClaim? TryClaimAll(
        IReadOnlyList<BlobPart> parts, out IReadOnlyList<int> missing, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            missing = Missing(parts);
            return missing.Count == 0 ? ClaimAll(cancellationToken) : null;
        }
    }

    internal void Release(StagingClaim claim)
    {
        lock (_gate)
        {
            _claims.Remove(claim);
        }
    }

    internal IReadOnlyList<BlobPart> Parts()
    {
        lock (_gate)
        {
            return [.. _parts.Values.Select(staged => staged.Part).OrderBy(part => part.Index)];
        }
    }

    /// <summary>Whether exactly this part is staged and was received by this process.</summary>
    internal bool HasVerified(BlobPart part)
    {
        lock (_gate)
        {
            return _parts.TryGetValue(part.Offset, out var staged) && staged.IsVerified && staged.Part == part;
        }
    }

    /// <summary>
    /// Opens the content for a part, whose stretch the caller has claimed, and forgets what stood there.
    /// </summary>
    internal DirectFile OpenFor(BlobPart part, StagingClaim claim)
    {
        lock (_gate)
        {
            ForgetIfDropped(claim);
            foreach (var (old, _) in _parts.Values.Where(staged => Overlap(staged.Part, part)).ToArray())
            {
                Forget(old);
            }
        }

        SafeFileHandle? file = null;
        LocalFile.RetryWhileFoldersVanish(folder, () => file = File.OpenHandle(
            ContentPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, LocalFile.Shared, FileOptions.Asynchronous));
        lock (_gate)
        {
            _hasContent = true;
        }

        return DirectFile.Open(ContentPath, file!); // the retry returns only after the assignment
    }

    /// <summary>Records that a part's bytes are in their place, unless the claim was taken meanwhile.</summary>
    internal void Add(BlobPart part, StagingClaim claim)
    {
        File.OpenHandle(MarkerPath(part), FileMode.Create, FileAccess.Write, LocalFile.Shared).Dispose();
        lock (_gate)
        {
            claim.Stopped.ThrowIfCancellationRequested();
            _parts[part.Offset] = new StagedPart(part, IsVerified: true);
        }
    }

    /// <summary>After a failed part: removes the files when nothing else is, or is being, staged.</summary>
    internal void RemoveIfUnused(StagingClaim own)
    {
        lock (_gate)
        {
            if (_parts.Count == 0 && _claims.TrueForAll(claim => claim == own))
            {
                RemoveFolder();
            }
        }
    }

    /// <summary>
    /// Makes the content whole and durable under the claim on everything; answers its path, for the caller to rename.
    /// </summary>
    internal string Complete(IReadOnlyList<BlobPart> parts, long length)
    {
        lock (_gate)
        {
            using var file = LocalFile.OpenExisting(ContentPath, FileAccess.ReadWrite);
            if (file is null)
            {
                Discard();
                throw PartMissing(Missing(parts));
            }

            foreach (var (part, _) in _parts.Values.Where(staged => !staged.IsVerified).ToArray())
            {
                Verify(file, part);
            }

            if (Missing(parts) is { Count: > 0 } missing)
            {
                throw PartMissing(missing);
            }

            if (RandomAccess.GetLength(file) > length)
            {
                RandomAccess.SetLength(file, length);
            }

            Sync(file);
            return ContentPath;
        }
    }

    /// <summary>Forgets everything and removes the files, under the claim on everything.</summary>
    internal void Discard()
    {
        lock (_gate)
        {
            _parts.Clear();
            RemoveFolder();
        }
    }

    internal StorageException PartMissing(IReadOnlyList<int> missing) => BlobParts.Missing(name, missing);

    private static bool Overlap(BlobPart one, BlobPart other) =>
        one.Offset < other.Offset + other.Length && other.Offset < one.Offset + one.Length;

    private static bool TryParseMarker(string fileName, out BlobPart part)
    {
        var fields = fileName.Split('-');
        part = new BlobPart(0, 0, 0, default);
        if (fields.Length != 4
            || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || !LineHash.TryParse(fields[3], out var hash)
            || length < 1 || offset > long.MaxValue - length)
        {
            return false;
        }

        part = new BlobPart(index, offset, length, hash.ToArray());
        return true;
    }

    private StagingClaim Enqueue(StagingClaim claim)
    {
        claim.WaitFor([.. _claims.Where(claim.Overlaps)]);
        _claims.Add(claim);
        return claim;
    }

    private List<int> Missing(IReadOnlyList<BlobPart> parts) =>
        [.. parts.Where(part => !_parts.TryGetValue(part.Offset, out var staged) || staged.Part != part)
            .Select(part => part.Index)];

    private void Verify(SafeFileHandle file, BlobPart part)
    {
        if (PartContent.IsIn(file, part))
        {
            _parts[part.Offset] = new StagedPart(part, IsVerified: true);
        }
        else
        {
            Forget(part);
        }
    }

    private void Sync(SafeFileHandle file)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (IOException)
        {
            // After a failed sync the kernel may call pages clean that the disk never got: a second sync would lie.
            Discard();
            throw;
        }
    }

    private void Forget(BlobPart part)
    {
        File.Delete(MarkerPath(part));
        _parts.Remove(part.Offset);
    }

    private void RemoveFolder()
    {
        _hasContent = false;
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
            LocalFile.Prune(Path.GetDirectoryName(folder)!, top); // top is above: never null
        }
    }

    private string MarkerPath(BlobPart part) => Path.Combine(
        folder,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{part.Index}-{part.Offset}-{part.Length}-{Convert.ToHexStringLower(part.Sha256.Span)}"));

    private readonly record struct StagedPart(BlobPart Part, bool IsVerified);
}
