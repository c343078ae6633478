namespace Vault.Grains.SignIn;

/// <summary>
/// The attempts on one account, real or not. Callers from a network that the account's owner has signed in from draw on that
/// network's own bucket, so a guesser elsewhere does not delay the owner; everybody else draws on one bucket together.
/// </summary>
internal sealed class AttemptCounter(AttemptLimits limits)
{
    private readonly AttemptBucket _elsewhere = new(limits);
    private readonly Dictionary<string, AttemptBucket> _known = [];

    /// <summary>When nothing of past attempts is left; until then the counter has to be kept.</summary>
    public DateTimeOffset FullAt => _known.Values.Aggregate(
        _elsewhere.FullAt, (latest, bucket) => bucket.FullAt > latest ? bucket.FullAt : latest);

    /// <summary>The bucket that a caller draws on.</summary>
    /// <param name="network">The caller's, see <see cref="Users.NetworkName"/>.</param>
    /// <param name="known">The networks from which the owner has signed in; a bounded list.</param>
    /// <param name="now">The time of the command.</param>
    public AttemptBucket For(string network, IReadOnlyCollection<string> known, DateTimeOffset now)
    {
        foreach (var full in _known.Where(pair => pair.Value.FullAt <= now).Select(pair => pair.Key).ToList())
        {
            _known.Remove(full);
        }

        if (network.Length == 0 || !known.Contains(network))
        {
            return _elsewhere;
        }

        if (!_known.TryGetValue(network, out var bucket))
        {
            _known.Add(network, bucket = new AttemptBucket(limits));
        }

        return bucket;
    }
}
