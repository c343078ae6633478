using System.Runtime.CompilerServices;
using Vault.Storage;

namespace Vault.Grains.Tests;

/// <summary>How an append goes wrong.</summary>
public enum Fault
{
    /// <summary>Nothing is stored.</summary>
    BeforeStoring,

    /// <summary>The event is stored, but the caller sees a failure.</summary>
    AfterStoring,

    /// <summary>Nothing is stored, and no answer comes.</summary>
    NoAnswer,
}

/// <summary>A real event log that fails when a test says so.</summary>
internal sealed class FaultyEventLog(IEventLog inner, CrashPoint crash) : IEventLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Fault> _next = [];
    private readonly Dictionary<string, HeldAppend> _held = [];

    /// <summary>Refuses every snapshot.</summary>
    public bool RefusesSnapshots { get; set; }

    /// <summary>Refuses every read.</summary>
    public bool RefusesReads { get; set; }

    /// <summary>Every read waits for this.</summary>
    public Task Reading { get; set; } = Task.CompletedTask;

    /// <summary>How many snapshots were written, and how many events were read.</summary>
    public int SnapshotsWritten, EventsRead;

    /// <summary>The next append of this event goes wrong.</summary>
    public void FailNext(string type, Fault fault)
    {
        lock (_lock)
        {
            _next[type] = fault;
        }
    }

    /// <summary>The next append of this event waits until the test lets it go.</summary>
    public HeldAppend HoldNext(string type)
    {
        lock (_lock)
        {
            return _held[type] = new HeldAppend();
        }
    }

    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        StreamName stream, StreamHead from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (RefusesReads)
        {
            throw Failure();
        }

        await Reading.WaitAsync(cancellationToken);
        await foreach (var stored in inner.ReadAsync(stream, from, cancellationToken))
        {
            Interlocked.Increment(ref EventsRead);
            yield return stored;
        }
    }

    public async Task<StreamHead> AppendAsync(
        StreamName stream, StreamHead expected, NewEvent newEvent, CancellationToken cancellationToken)
    {
        crash.Write(newEvent.Type);
        await PassAsync(newEvent.Type).WaitAsync(cancellationToken);
        switch (Take(newEvent.Type))
        {
            case Fault.BeforeStoring:
                throw Failure();
            case Fault.AfterStoring:
                await inner.AppendAsync(stream, expected, newEvent, cancellationToken);
                throw Failure();
            case Fault.NoAnswer:
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
                break;
        }

        return await inner.AppendAsync(stream, expected, newEvent, cancellationToken);
    }

    public Task<StoredSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) =>
        inner.ReadSnapshotAsync(stream, cancellationToken);

    public async Task WriteSnapshotAsync(
        StreamName stream, StoredSnapshot snapshot, CancellationToken cancellationToken)
    {
        crash.Write();
        if (RefusesSnapshots)
        {
            throw Failure();
        }

        await inner.WriteSnapshotAsync(stream, snapshot, cancellationToken);
        Interlocked.Increment(ref SnapshotsWritten);
    }

    /// <summary>Fails as if it were the append of an event <c>deleted:category</c>.</summary>
    public async Task DeleteAsync(StreamName stream, CancellationToken cancellationToken)
    {
        crash.Write();
        var fault = Take($"deleted:{stream.Category}");
        if (fault != Fault.BeforeStoring)
        {
            await inner.DeleteAsync(stream, cancellationToken);
        }

        if (fault is not null)
        {
            throw Failure();
        }
    }

    public IAsyncEnumerable<StreamName> ListAsync(string category, CancellationToken cancellationToken) =>
        inner.ListAsync(category, cancellationToken);

    private Task PassAsync(string type)
    {
        lock (_lock)
        {
            return _held.Remove(type, out var held) ? held.PassAsync() : Task.CompletedTask;
        }
    }

    private static StorageException Failure() => new(StorageError.Unavailable, "The test pulled the plug.");

    private Fault? Take(string type)
    {
        lock (_lock)
        {
            return _next.Remove(type, out var fault) ? fault : null;
        }
    }
}

/// <summary>An append on its way to the store.</summary>
internal sealed class HeldAppend
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the append has come.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Lets it go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>What the append waits for.</summary>
    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _released.Task;
    }
}
