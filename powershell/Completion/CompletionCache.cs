namespace Vault.PowerShell.Completion;

/// <summary>A list from the server for someone who waits at the Tab key: asked for in the background, waited for briefly, kept
/// for seconds.</summary>
/// <remarks>What comes too late serves the next press. What is a little old serves where nothing newer comes in time. Nothing
/// that fails is told: there is nobody to tell.</remarks>
/// <param name="read">Asks the server.</param>
internal sealed class CompletionCache<T>(Func<CancellationToken, Task<IReadOnlyList<T>>> read, TimeProvider time)
{
    /// <summary>How long the person waits at most; the rest of a quarter of a second is for what is done with the list.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a list is taken for the newest.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    // A list of a hundred thousand files takes seconds; one that takes longer than this is given up.
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private IReadOnlyList<T> _newest = [];
    private long _readAt;
    private bool _isOutdated = true;
    private Task? _reading;

    /// <summary>What there is after <see cref="Patience"/> at most; empty rather than late.</summary>
    public IReadOnlyList<T> Get()
    {
        Task reading;
        lock (_gate)
        {
            if (!_isOutdated && time.GetElapsedTime(_readAt) < Freshness)
            {
                return _newest;
            }

            // The server is asked from the thread pool: not even its first step is waited for here.
            _reading ??= Task.Run(ReadAsync);
            reading = _reading;
        }

        reading.Wait(Patience);
        lock (_gate)
        {
            return _newest;
        }
    }

    /// <summary>The list has changed: it is asked for again the next time.</summary>
    public void Outdate()
    {
        lock (_gate)
        {
            _isOutdated = true;
        }
    }

    private async Task ReadAsync()
    {
        lock (_gate)
        {
            _isOutdated = false; // a change from here on makes this read too old again
        }

        try
        {
            using var limit = new CancellationTokenSource(ReadLimit, time);
            var list = await read(limit.Token).ConfigureAwait(false);
            lock (_gate)
            {
                (_newest, _readAt) = (list, time.GetTimestamp());
            }
        }
        catch (Exception)
        {
            // Whatever it was, the next press asks again; the commands themselves tell what is wrong.
            Outdate();
        }
        finally
        {
            lock (_gate)
            {
                _reading = null;
            }
        }
    }
}
