using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>What strangers may ask: a bucket for each network address (an IPv6 /64), forgotten when it is full again.</summary>
internal sealed class AnonymousLimit : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter;
    private readonly int _perSecond;

    public AnonymousLimit(GatewayOptions options)
    {
        _perSecond = options.AnonymousPerSecond;
        _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetTokenBucketLimiter(
            Network(address),
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.AnonymousBurst,
                TokensPerPeriod = options.AnonymousPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    /// <summary>Takes one request from the address's bucket.</summary>
    /// <exception cref="RefusedException">The bucket is empty.</exception>
    public void Take(HttpContext http)
    {
        using var lease = _limiter.AttemptAcquire(http.Connection.RemoteIpAddress ?? IPAddress.None);
        if (!lease.IsAcquired)
        {
            var wait = Math.Max(1, (int)Math.Ceiling(1.0 / _perSecond));
            throw new RefusedException(new Problem(
                ErrorCode.TooManyRequests, $"Too many requests from this network address. Wait {wait} s.", wait));
        }
    }

    public void Dispose() => _limiter.Dispose();

    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
