using System.Collections.Concurrent;
using System.Management.Automation;

namespace Vault.PowerShell;

/// <summary>Runs asynchronous work for a cmdlet while everything it says reaches the pipeline on the pipeline's
/// thread.</summary>
/// <remarks>The engine allows WriteObject, WriteProgress and the like on that thread alone. The work posts; the
/// thread waits
/// for posts until the work has ended. It waits even after a stop, so that the work's own clean-up (temporary files) is
/// over when the cmdlet is.</remarks>
/// <param name="time">When it is time to tick.</param>
internal sealed class PipelinePump(TimeProvider time) : IDisposable
{
    /// <summary>Before the first tick: what is over by then is quick, and nobody wants to see how far it is.</summary>
    public static readonly TimeSpan FirstTick = TimeSpan.FromSeconds(1);

    /// <summary>From a tick's end to the next one: progress that a person can read. A terminal may take some milliseconds for each.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    private readonly BlockingCollection<Action> _posts = new();
    private readonly Lock _gate = new();
    private ITimer? _ticking;
    private bool _isOver;

    /// <summary>Has <paramref name="say"/> run on the pipeline's thread soon; does not wait for it.</summary>
    /// <remarks>Only the work that <see cref="Run"/> awaits may post.</remarks>
    public void Post(Action say) => _posts.Add(say, CancellationToken.None);

    /// <summary>Runs <paramref name="work"/> to its end.</summary>
    /// <param name="work">Started on the thread pool; its token is cancelled when the pipeline stops.</param>
    /// <param name="tick">Called on the pipeline's thread after <see cref="FirstTick"/> and then every <see cref="TickInterval"/>, while
    /// the work runs.</param>
    /// <param name="stop">Cancelled when the person, or a command further on, wants no more.</param>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped.</exception>
    public void Run(Func<CancellationToken, Task> work, Action? tick, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = Task.Run(
            async () =>
            {
                try
                {
                    await work(cancel.Token);
                }
                finally
                {
                    lock (_gate)
                    {
                        _isOver = true;
                        _posts.CompleteAdding();
                    }
                }
            },
            CancellationToken.None);

        try
        {
            using var ticking = tick is null ? null : time.CreateTimer(_ => PostTick(tick), null, FirstTick, Timeout.InfiniteTimeSpan);
            _ticking = ticking;
            foreach (var say in _posts.GetConsumingEnumerable(CancellationToken.None))
            {
                say();
            }
        }
        catch
        {
            // Whatever is downstream has thrown (Stop, Select-Object -First): the work must be over before we leave.
            cancel.Cancel();
            while (_posts.TryTake(out _, Timeout.Infinite, CancellationToken.None))
            {
            }

            Task.WaitAny([running], CancellationToken.None);
            _ = running.Exception; // observed: the pipeline's own end is what the person hears of
            throw;
        }

        try
        {
            running.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _posts.Dispose();

    private void PostTick(Action tick)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _posts.Add(() => Tick(tick), CancellationToken.None);
            }
        }
    }

    // The next one is wound up when this one is over, so that a terminal that is slow is asked less often. None comes once the work has ended.
    private void Tick(Action tick)
    {
        if (!_posts.IsAddingCompleted)
        {
            tick();
            _ticking?.Change(TickInterval, Timeout.InfiniteTimeSpan);
        }
    }
}
