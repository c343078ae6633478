using System.Runtime.CompilerServices;
using Vault.Storage;

namespace Vault.Grains.Tests;

/// <summary>A process that is killed between two writes, as its storage sees it: from one write on nothing is written any more.</summary>
internal sealed class CrashPoint
{
    private readonly Lock _lock = new();
    private int _left = int.MaxValue;
    private string? _lastType;

    /// <summary>Whether the process is dead.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>So many writes are still done.</summary>
    public void ArmIn(int writes)
    {
        lock (_lock)
        {
            _left = writes;
        }
    }

    /// <summary>The append of this event is the last write.</summary>
    public void ArmBehind(string type)
    {
        lock (_lock)
        {
            _lastType = type;
        }
    }

    /// <summary>From now on nothing is written.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            HasCrashed = true;
        }
    }

    /// <summary>A process that was started anew.</summary>
    public void Disarm()
    {
        lock (_lock)
        {
            (_left, _lastType, HasCrashed) = (int.MaxValue, null, false);
        }
    }

    /// <summary>Called before each write.</summary>
    /// <param name="type">The event's type, where one is appended.</param>
    public void Write(string? type = null)
    {
        lock (_lock)
        {
            HasCrashed |= _left <= 0;
            if (HasCrashed)
            {
                throw new StorageException(StorageError.Unavailable, "The test killed the process.");
            }

            _left -= _left == int.MaxValue ? 0 : 1;
            if (type is not null && type == _lastType)
            {
                _left = 0;
            }
        }
    }
}

/// <summary>A real store whose process can be killed.</summary>
internal sealed class CrashingBlobStore(IBlobStore inner, CrashPoint crash) : IBlobStore
{
    /// <summary>Every list waits for this.</summary>
    public Task Listing { get; set; } = Task.CompletedTask;

    /// <summary>Called before each deletion of a blob; what it throws is what the deletion ends with.</summary>
    public Func<BlobName, Task> Deleting { get; set; } = _ => Task.CompletedTask;

    public Task<bool> CreateAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.CreateAsync(name, content, cancellationToken);
    }

    public Task ReplaceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.ReplaceAsync(name, content, cancellationToken);
    }

    public Task<byte[]?> ReadAsync(BlobName name, int maxLength, CancellationToken cancellationToken) =>
        inner.ReadAsync(name, maxLength, cancellationToken);

    public Task<Stream?> OpenReadAsync(BlobName name, long offset, long length, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(name, offset, length, cancellationToken);

    public Task<long?> LengthAsync(BlobName name, CancellationToken cancellationToken) => inner.LengthAsync(name, cancellationToken);

    public int PartMemory(int length) => inner.PartMemory(length);

    public Task StagePartAsync(BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.StagePartAsync(name, part, content, cancellationToken);
    }

    public Task<IReadOnlyList<BlobPart>> StagedPartsAsync(BlobName name, CancellationToken cancellationToken) =>
        inner.StagedPartsAsync(name, cancellationToken);

    public Task CommitAsync(BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.CommitAsync(name, parts, cancellationToken);
    }

    public Task AbandonAsync(BlobName name, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.AbandonAsync(name, cancellationToken);
    }

    public async Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        crash.Write();
        await Deleting(name).WaitAsync(cancellationToken);
        await inner.DeleteAsync(name, cancellationToken);
    }

    public Task DeleteIfAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.DeleteIfAsync(name, content, cancellationToken);
    }

    public Task DeleteFolderAsync(BlobName folder, CancellationToken cancellationToken)
    {
        crash.Write();
        return inner.DeleteFolderAsync(folder, cancellationToken);
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(BlobName folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Listing.WaitAsync(cancellationToken);
        await foreach (var entry in inner.ListAsync(folder, cancellationToken))
        {
            yield return entry;
        }
    }

    public IAsyncEnumerable<BlobName> ListStagedAsync(BlobName folder, CancellationToken cancellationToken) =>
        inner.ListStagedAsync(folder, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAllAsync(CancellationToken cancellationToken) => inner.ListAllAsync(cancellationToken);
}
