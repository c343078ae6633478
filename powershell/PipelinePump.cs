using System.Collections.Concurrent;
using System.Management.Automation;

namespace Vault.PowerShell;

/// <summary>Runs asynchronous work for a cmdlet while everything it says reaches the pipeline on the pipeline's
/// thread.</summary>
/// <remarks>The engine allows WriteObject, WriteProgress and the like on that thread alone. The work posts; the
/// thread waits
/// for posts until the work has ended. It waits even after a stop, so that the work's own clean-up (temporary files) is
/// over when the cmdlet is.</remarks>
internal sealed class PipelinePump : IDisposable
{
    /// <summary>The time between two ticks: progress a person can read, at no cost to the transfer.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly BlockingCollection<Action> _posts = new();

    /// <summary>Has <paramref name="say"/> run on the pipeline's thread soon; does not wait for it.</summary>
    /// <remarks>Only the work that <see cref="Run"/> awaits may post.</remarks>
    public void Post(Action say) => _posts.Add(say, CancellationToken.None);

    /// <summary>Runs <paramref name="work"/> to its end.</summary>
    /// <param name="work">Started on the thread pool; its token is cancelled when the pipeline stops.</param>
    /// <param name="tick">Called on the pipeline's thread about every <see cref="TickInterval"/> while the work
    /// runs.</param>
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
                    _posts.CompleteAdding();
                }
            },
            CancellationToken.None);

        try
        {
            Drain(tick);
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

    private void Drain(Action? tick)
    {
        var next = Environment.TickCount64 + (long)TickInterval.TotalMilliseconds;
        while (!_posts.IsCompleted)
        {
            var wait = tick is null ? Timeout.Infinite : (int)Math.Max(0, next - Environment.TickCount64);
            if (_posts.TryTake(out var say, wait))
            {
                say();
            }

            if (tick is not null && Environment.TickCount64 >= next)
            {
                tick();
                next = Environment.TickCount64 + (long)TickInterval.TotalMilliseconds;
            }
        }
    }
}
