namespace Vault.Storage.Local;

/// <summary>
/// The right to write a stretch of a staged file. Claims that overlap are granted in the order of their coming, so two
/// senders of one part never write into each other's bytes, and nobody holds the file when it gets its final name.
/// </summary>
internal sealed class StagingClaim : IDisposable
{
    private readonly StagedUpload _upload;
    private readonly long _start;
    private readonly long _end;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _before = Task.CompletedTask;

    internal StagingClaim(StagedUpload upload, long start, long end, CancellationToken caller)
    {
        (_upload, _start, _end, _caller) = (upload, start, end, caller);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Stopped = _stop.Token;
    }

    internal bool IsExclusive => _end == long.MaxValue;

    /// <summary>Fires with the caller's token, or when a commit or an abandonment takes the upload.</summary>
    internal CancellationToken Stopped { get; }

    /// <summary>
    /// Whether an <see cref="OperationCanceledException"/> comes from such a taking and not from the caller.
    /// </summary>
    internal bool WasTaken => Stopped.IsCancellationRequested && !_caller.IsCancellationRequested;

    internal bool Overlaps(StagingClaim other) => _start < other._end && other._start < _end;

    internal void WaitFor(IReadOnlyList<StagingClaim> others) =>
        _before = Task.WhenAll(others.Select(other => other._released.Task));

    internal void Stop()
    {
        if (!IsExclusive)
        {
            // Not on this thread: what the writer does when it stops takes the lock that the caller holds.
            _ = _stop.CancelAsync();
        }
    }

    internal Task GrantedAsync() => _before.WaitAsync(Stopped);

    public void Dispose()
    {
        _upload.Release(this);
        _released.TrySetResult();
        _stop.Dispose();
    }
}
