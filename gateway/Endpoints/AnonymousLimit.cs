using System.Net;
using System.Threading.RateLimiting;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>What strangers may ask: three buckets for each network address (an IPv6 /64), forgotten when they are full again.</summary>
internal sealed class AnonymousLimit(GatewayOptions options) : IDisposable
{
    /// <summary>
    /// How much more often a connection may claim a session than ask for something without one: a claim costs the
    /// server little, and whoever reconnects with a running session should not wait for a guesser next door.
    /// </summary>
    internal const int ClaimsPerRequest = 10;

    private readonly PartitionedRateLimiter<IPAddress> _requests =
        Buckets(options.AnonymousBurst, options.AnonymousPerSecond);

    private readonly PartitionedRateLimiter<IPAddress> _claims =
        Buckets(options.AnonymousBurst * ClaimsPerRequest, options.AnonymousPerSecond * ClaimsPerRequest);

    private readonly PartitionedRateLimiter<IPAddress> _recoveries = Buckets(
        options.RecoveriesPerHour, 1, TimeSpan.FromHours(1) / options.RecoveriesPerHour);

    /// <summary>Counts a recovery code that is asked for or tried, besides.</summary>
    /// <exception cref="RefusedException">The address's bucket is empty.</exception>
    public void TakeRecovery(HttpContext http)
    {
        Take(http);
        Take(_recoveries, http, (int)Math.Ceiling(TimeSpan.FromHours(1).TotalSeconds / options.RecoveriesPerHour));
    }

    /// <summary>Counts a request that needs no session.</summary>
    /// <exception cref="RefusedException">The address's bucket is empty.</exception>
    public void Take(HttpContext http) => Take(_requests, http);

    /// <summary>Counts a session that a connection claims, each time that its account's grain is asked for it.</summary>
    /// <exception cref="RefusedException">The address's bucket is empty.</exception>
    public void TakeClaim(HttpContext http) => Take(_claims, http);

    public void Dispose()
    {
        _requests.Dispose();
        _claims.Dispose();
        _recoveries.Dispose();
    }

    private static PartitionedRateLimiter<IPAddress> Buckets(int burst, int perSecond) =>
        Buckets(burst, perSecond, TimeSpan.FromSeconds(1));

    private static PartitionedRateLimiter<IPAddress> Buckets(int burst, int perPeriod, TimeSpan period) =>
        PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetTokenBucketLimiter(
            ClientNetwork.Of(address),
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = burst,
                TokensPerPeriod = perPeriod,
                ReplenishmentPeriod = period,
                QueueLimit = 0,
            }));

    // Every other bucket gets at least one request back a second.
    private static void Take(PartitionedRateLimiter<IPAddress> buckets, HttpContext http, int seconds = 1)
    {
        using var lease = buckets.AttemptAcquire(http.Connection.RemoteIpAddress ?? IPAddress.None);
        if (!lease.IsAcquired)
        {
            throw new RefusedException(new Problem(
                ErrorCode.TooManyRequests, seconds == 1
                    ? "Too many requests from this network address. Wait a second."
                    : "Too many recoveries from this network address. Wait a few minutes.",
                seconds));
        }
    }
}
