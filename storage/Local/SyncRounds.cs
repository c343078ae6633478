namespace Vault.Storage.Local;

/// <summary>
/// Makes what was written durable, for many writers at once. Whoever comes while a round is under way waits for the
/// next one; a round of a few syncs what each of them wrote, a round of many the file system once.
/// </summary>
/// <remarks>
/// <para>syncfs(2) writes what anybody left unwritten on that file system. Where that takes long, the rounds after it
/// leave it alone for a while. Where it fails, somebody else's file may be the reason, so every writer's own is asked
/// then: that is why writers keep their file open until the round is over.</para>
/// </remarks>
/// <param name="syncAll">Syncs the whole file system; null where it cannot be had or does not tell of failures.</param>
/// <param name="time">The clock.</param>
internal sealed class SyncRounds(Action? syncAll, TimeProvider time)
{
    private const int Many = 4;
    private const int SideBySide = 16;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500), Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private List<Waiting> _next = [];
    private bool _isRunning;
    private long? _wasSlowAt;

    /// <summary>Waits until what was written before this call is durable.</summary>
    /// <param name="doing">Completes "could not …".</param>
    /// <param name="syncOwn">Syncs just this writer's files and folders; called on another thread, or not at all.</param>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: it may not be durable.</exception>
    internal Task SyncAsync(string doing, Action syncOwn)
    {
        var waiting = new Waiting(doing, syncOwn);
        lock (_gate)
        {
            _next.Add(waiting);
            if (_isRunning)
            {
                return waiting.Done.Task;
            }

            _isRunning = true;
        }

        _ = Task.Run(RunAsync, CancellationToken.None);
        return waiting.Done.Task;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            List<Waiting> round;
            lock (_gate)
            {
                (round, _next) = (_next, []);
                if (round.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
            }

            if (round.Count >= Many && TrySyncAll())
            {
                round.ForEach(waiting => waiting.Done.SetResult());
            }
            else
            {
                await Parallel.ForEachAsync(
                    round, new ParallelOptions { MaxDegreeOfParallelism = SideBySide },
                    (waiting, _) =>
                    {
                        waiting.Sync();
                        return ValueTask.CompletedTask;
                    }).ConfigureAwait(false);
            }
        }
    }

    private bool TrySyncAll()
    {
        if (syncAll is null || (_wasSlowAt is { } slow && time.GetElapsedTime(slow) < Pause))
        {
            return false;
        }

        var begun = time.GetTimestamp();
        try
        {
            syncAll();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            _wasSlowAt = time.GetElapsedTime(begun) > Slow ? time.GetTimestamp() : null;
        }
    }

    private sealed record Waiting(string Doing, Action SyncOwn)
    {
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void Sync()
        {
            try
            {
                SyncOwn();
                Done.SetResult();
            }
            catch (Exception error) when (LocalFile.IsFailure(error))
            {
                Done.SetException(LocalFile.Unavailable(Doing, error));
            }
            catch (Exception error)
            {
                Done.SetException(error); // whoever waits must hear of it, whatever it is
            }
        }
    }
}
