using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>What every event stream works with.</summary>
internal sealed record EventSourcingServices(
    IEventLog Log, StorageGuard Guard, TimeProvider Time, IOptions<StorageLimits> Limits, ILogger<EventSourcingServices> Logger);

/// <summary>One stream and the state folded from it: loaded once, then changed by one event at a time at the known head.</summary>
/// <remarks>
/// A write whose outcome is unknown is never guessed: after any failure this object answers nothing more, and its owner
/// makes a new one, which reads the log. Nothing here tries again by itself.
/// </remarks>
internal sealed class EventStream<TState, TEvent>(
    StreamName name, Aggregate<TState, TEvent> aggregate, EventSourcingServices services) : IDisposable
    where TState : class
    where TEvent : class
{
    // One change at a time, even where reads interleave with it.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SnapshotPolicy _policy = new(services.Limits.Value);
    private Exception? _failure;
    private StreamHead _head;

    /// <summary>The fold over all events; immutable, so that a reader keeps what it took.</summary>
    public TState State { get; private set; } = aggregate.Empty;

    /// <summary>Whether storage failed under this object, which is now of no use.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>The snapshot being written, if any; never fails.</summary>
    public Task Snapshot { get; private set; } = Task.CompletedTask;

    /// <summary>Reads snapshot and events. A failure is kept and thrown by <see cref="ThrowIfFailed"/>.</summary>
    public async Task LoadAsync()
    {
        try
        {
            // Off the grain's scheduler: a fold over many events is work for no grain's turn.
            (State, _head) = await services.Guard.ReplayAsync(
                name.ToString(), cancellation => Task.Run(() => ReplayAsync(cancellation), cancellation));
        }
        catch (StorageUnavailableException e)
        {
            _failure = e;
        }
    }

    /// <summary>Decides on the state as it is and appends what was decided.</summary>
    /// <returns>The refusal, or null when the state is now as it was decided.</returns>
    /// <exception cref="StorageUnavailableException">The event may be stored or not; this object is of no more use.</exception>
    public async Task<Problem?> ChangeAsync(Func<TState, Decision<TEvent>> decide, DateTimeOffset now)
    {
        await _turn.WaitAsync();
        try
        {
            ThrowIfFailed();
            var decision = decide(State);
            if (decision.Event is { } decided)
            {
                await AppendAsync(decided, now);
            }

            return decision.Refusal;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Makes sure that no other activation has stored anything since: before something is deleted because the state does not name it. An
    /// append is refused where one has; a deletion needs to ask.
    /// </summary>
    /// <exception cref="StorageUnavailableException">One has: this object is of no more use. Or the log cannot be read: it is as good as
    /// before.</exception>
    public async Task RequireLatestAsync()
    {
        await _turn.WaitAsync();
        try
        {
            ThrowIfFailed();
            await services.Guard.RunAsync(name.ToString(), async cancellation =>
            {
                try
                {
                    await foreach (var newer in services.Log.ReadAsync(name, _head, cancellation))
                    {
                        throw new StorageException(StorageError.Conflict, $"The stream {name} has version {newer.Version}, stored elsewhere.");
                    }
                }
                catch (StorageException e) when (e.Reason == StorageError.Conflict)
                {
                    _failure = e;
                    throw;
                }
            });
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Removes the stream and its snapshot for good; the state is the one before the first event then.</summary>
    /// <exception cref="StorageUnavailableException">It may be there or not; this object is of no more use.</exception>
    public async Task DeleteAsync()
    {
        await _turn.WaitAsync();
        try
        {
            ThrowIfFailed();
            await Snapshot; // one that was written behind the deletion would be what is left
            await services.Guard.ReplayAsync(name.ToString(), async cancellation =>
            {
                await services.Log.DeleteAsync(name, cancellation);
                return true;
            });
            (State, _head) = (aggregate.Empty, StreamHead.Empty);
        }
        catch (Exception e)
        {
            _failure ??= e;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What is found in the events, from the first to the last that is stored.</summary>
    /// <exception cref="StorageUnavailableException">The log cannot be read; this object is as good as before.</exception>
    public Task<IReadOnlyCollection<T>> CollectAsync<T>(Func<TEvent, IEnumerable<T>> find) => services.Guard.ReplayAsync(
        name.ToString(),
        cancellation => Task.Run<IReadOnlyCollection<T>>(
            async () =>
            {
                var found = new HashSet<T>();
                await foreach (var stored in services.Log.ReadAsync(name, StreamHead.Empty, cancellation))
                {
                    found.UnionWith(find(aggregate.Events.Read(stored)));
                }

                return found;
            },
            cancellation));

    /// <summary>A page of the events as they are stored, behind a place; null where the stream has no such place.</summary>
    /// <param name="from">The empty head for the beginning.</param>
    /// <param name="limit">The most events.</param>
    /// <exception cref="StorageUnavailableException">The log cannot be read; this object is as good as before.</exception>
    public Task<HistoryPage?> ReadAsync(StreamHead from, int limit) => services.Guard.ReplayAsync(
        name.ToString(), cancellation => Task.Run(() => ReadPageAsync(from, limit, cancellation), cancellation));

    /// <summary>Throws what storage failed with.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is StorageUnavailableException failure)
        {
            throw new StorageUnavailableException(failure.Reason, failure.Message);
        }

        if (_failure is not null)
        {
            throw new StorageUnavailableException(StorageFailure.Unavailable, "The server failed at this. Try again.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<HistoryPage?> ReadPageAsync(StreamHead from, int limit, CancellationToken cancellation)
    {
        var lines = new List<HistoryLine>();
        var (head, bytes) = (from, 0);
        try
        {
            await foreach (var stored in services.Log.ReadAsync(name, from, cancellation))
            {
                if (lines.Count == limit || bytes >= HistoryPage.ManyBytes)
                {
                    return new HistoryPage(lines, HistoryCursor.Write(head));
                }

                lines.Add(new HistoryLine(stored.Version, stored.Time, stored.Type, stored.Data.ToArray()));
                (head, bytes) = (stored.Head, bytes + stored.Data.Length);
            }
        }
        catch (StorageException e) when (e.Reason == StorageError.Conflict)
        {
            return null;
        }

        return new HistoryPage(lines, null);
    }

    private async Task AppendAsync(TEvent decided, DateTimeOffset now)
    {
        try
        {
            var newEvent = aggregate.Events.Write(decided, now);
            var head = await services.Guard.RunAsync(
                name.ToString(), cancellation => services.Log.AppendAsync(name, _head, newEvent, cancellation));
            State = aggregate.Apply(State, decided, head);
            _head = head;
            VaultMeter.Events.Add(1);
            _policy.Count(newEvent.Data.Length);
        }
        catch (Exception e)
        {
            // Whatever it was: stored or not is unknown, so this state is not to be trusted any more.
            _failure = e;
            throw;
        }

        if (_policy.IsDue && Snapshot.IsCompleted)
        {
            Snapshot = WriteSnapshotAsync(State, _head);
        }
    }

    private async Task WriteSnapshotAsync(TState state, StreamHead head)
    {
        _policy.Begin();
        try
        {
            _policy.Written(await services.Guard.ReplayAsync(name.ToString(), cancellation => Task.Run(
                async () =>
                {
                    var bytes = aggregate.Snapshots.Write(state);
                    var snapshot = new StoredSnapshot(head, aggregate.Snapshots.Name, bytes);
                    await services.Log.WriteSnapshotAsync(name, snapshot, cancellation);
                    return bytes.Length;
                },
                cancellation)));
        }
        catch (Exception e)
        {
            // Snapshots are disposable: the log has everything, and the next one is tried when it is due.
            services.Logger.SnapshotFailed(e, name.ToString());
        }
    }

    private async Task<(TState State, StreamHead Head)> ReplayAsync(CancellationToken cancellation)
    {
        if (await ReadSnapshotAsync(cancellation) is { } snapshot)
        {
            try
            {
                _policy.Written(snapshot.Length);
                return await FoldAsync(snapshot.State, snapshot.Head, cancellation);
            }
            catch (StorageException e) when (e.Reason == StorageError.Conflict)
            {
                services.Logger.SnapshotIgnored(e, name.ToString());
            }
        }

        _policy.Written(0);
        return await FoldAsync(aggregate.Empty, StreamHead.Empty, cancellation);
    }

    private async Task<(TState State, StreamHead Head, int Length)?> ReadSnapshotAsync(CancellationToken cancellation)
    {
        if (await services.Log.ReadSnapshotAsync(name, cancellation) is not { } stored
            || stored.Type != aggregate.Snapshots.Name)
        {
            return null;
        }

        try
        {
            return (aggregate.Snapshots.Read(stored.State), stored.Head, stored.State.Length);
        }
        catch (JsonException e)
        {
            services.Logger.SnapshotIgnored(e, name.ToString());
            return null;
        }
    }

    private async Task<(TState State, StreamHead Head)> FoldAsync(
        TState state, StreamHead head, CancellationToken cancellation)
    {
        await foreach (var stored in services.Log.ReadAsync(name, head, cancellation))
        {
            state = aggregate.Apply(state, aggregate.Events.Read(stored), stored.Head);
            head = stored.Head;
            _policy.Count(stored.Data.Length);
        }

        return (state, head);
    }
}
