namespace Vault.Client.Channel;

/// <summary>
/// The connections to one server. One does for everything where the way there is short. Where it is long, a single one waits most of the
/// time for what it has sent to be confirmed, so bodies are spread over a few more, made with the same key when they are first needed.
/// </summary>
/// <remarks>How many bodies are under way at once is bounded by whoever moves them, not here.</remarks>
internal sealed class Connections : IDisposable
{
    /// <summary>The most connections.</summary>
    internal const int Most = 4;

    // A round trip within a building, with a server that has much to do, is shorter.
    private static readonly TimeSpan LongWay = TimeSpan.FromMilliseconds(8);

    private readonly Func<bool, HttpClient> _create;
    private readonly HttpClient?[] _clients = new HttpClient?[Most];
    private readonly int[] _bodies = new int[Most];
    private readonly Lock _gate = new();
    private TimeSpan? _roundTrip;

    /// <param name="create">Makes a client that keeps one connection; told whether it is the first.</param>
    internal Connections(Func<bool, HttpClient> create)
    {
        _create = create;
        First = _clients[0] = create(true);
    }

    /// <summary>The one for all that is small: it alone is bound to what was proved on it.</summary>
    internal HttpClient First { get; }

    /// <summary>A small request was answered after this time; the shortest one is what the way takes.</summary>
    internal void Answered(TimeSpan after)
    {
        lock (_gate)
        {
            _roundTrip = after < _roundTrip ? after : _roundTrip ?? after;
        }
    }

    /// <summary>A connection was lost: the next one may go another way.</summary>
    internal void Lost()
    {
        lock (_gate)
        {
            _roundTrip = null;
        }
    }

    /// <summary>The connection with the fewest bodies under way. Dispose what is returned when the body has been moved.</summary>
    internal Turn ForBody()
    {
        lock (_gate)
        {
            var best = 0;
            for (var index = 1; _roundTrip >= LongWay && index < Most; index++)
            {
                if (_bodies[index] < _bodies[best])
                {
                    best = index;
                }
            }

            _bodies[best]++;
            return new Turn(this, best, _clients[best] ??= _create(false));
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client?.Dispose();
        }
    }

    /// <summary>A body under way.</summary>
    internal readonly record struct Turn(Connections Owner, int Index, HttpClient Client) : IDisposable
    {
        public void Dispose()
        {
            lock (Owner._gate)
            {
                Owner._bodies[Index]--;
            }
        }
    }
}
