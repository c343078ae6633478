using Orleans.Placement;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>A grain whose state is the fold over its own stream.</summary>
/// <remarks>
/// The stream is read when the grain is activated. When storage fails, the activation answers nothing more and goes; the
/// next call makes another one, which reads the log again. The clock is read once, where a command enters.
/// Requests that wait here when the silo leaves are asked again by who sent them; were the grain moved with them, which is Orleans' way
/// where nothing is said, the silo would stay until the log is read elsewhere.
/// </remarks>
[Immovable]
internal abstract class EventSourcedGrain<TState, TEvent>(
    IGrainContext context, Aggregate<TState, TEvent> aggregate, EventSourcingServices services)
    : Grain, IIncomingGrainCallFilter, IDisposable
    where TState : class
    where TEvent : class
{
    private readonly EventStream<TState, TEvent> _stream = new(
        StreamName.Create(aggregate.Category, context.GrainId.Key.ToString()!), aggregate, services); // keys are never null

    /// <summary>The state after the last stored event.</summary>
    protected TState State => _stream.State;

    /// <summary>The time at which a command enters.</summary>
    protected DateTimeOffset Now => services.Time.GetUtcNow();

    /// <summary>Calls into storage that are not the stream's.</summary>
    protected StorageGuard Guard => services.Guard;

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken) => _stream.LoadAsync();

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await _stream.Snapshot.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Every call passes here: a failed activation refuses it, and goes.</summary>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            _stream.ThrowIfFailed();
            await context.Invoke();
        }
        finally
        {
            if (_stream.HasFailed)
            {
                DeactivateOnIdle();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once, after the last call to the grain.</summary>
    protected virtual void Dispose(bool disposing) => _stream.Dispose();

    /// <summary>A page of the stream for somebody who may read it.</summary>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">The most events.</param>
    protected async Task<Outcome<HistoryPage>> ReadHistoryAsync(string? after, int limit)
    {
        if (!HistoryCursor.TryParse(after, out var from) || await _stream.ReadAsync(from, Math.Clamp(limit, 1, HistoryPage.MaxLimit)) is not { } page)
        {
            return new Problem(ErrorCode.InvalidRequest, "The history has no such place to go on from.");
        }

        return page;
    }

    /// <inheritdoc cref="EventStream{TState, TEvent}.CollectAsync" />
    protected Task<IReadOnlyCollection<T>> CollectAsync<T>(Func<TEvent, IEnumerable<T>> find) => _stream.CollectAsync(find);

    /// <inheritdoc cref="EventStream{TState, TEvent}.RequireLatestAsync" />
    protected Task RequireLatestAsync() => _stream.RequireLatestAsync();

    /// <summary>Removes the stream for good, and this activation with it.</summary>
    /// <exception cref="StorageUnavailableException">It may be there or not.</exception>
    protected async Task EraseStreamAsync()
    {
        await _stream.DeleteAsync();
        DeactivateOnIdle();
    }

    /// <inheritdoc cref="EventStream{TState, TEvent}.ChangeAsync" />
    protected Task<Problem?> ChangeAsync(DateTimeOffset now, Func<TState, Decision<TEvent>> decide) =>
        _stream.ChangeAsync(decide, now);
}
