using System.Net;
using System.Net.Sockets;
using Vault.Protocol.Channel;

namespace Vault.Client.Channel;

/// <summary>The places where one server answers: several gateways, several addresses behind one name, or both.</summary>
/// <remarks>The place that answered last is tried first, so that a client stays with one gateway until it is lost.</remarks>
internal sealed class ServerPlaces(IReadOnlyList<(string Host, int Port)> places)
{
    private volatile EndPoint? _last;

    /// <summary>Tries one address after the other and returns what the first that answers gives.</summary>
    /// <param name="connect">Connects to an address and finds out whether the server is there.</param>
    /// <param name="timeout">How long all of them may take together; each has its share, so one that is silent keeps no other from being tried.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="SocketException">None can be reached: what the last one failed with.</exception>
    /// <exception cref="ChannelException">The last one tried did not finish the handshake, or one has a key that is refused.</exception>
    public async Task<T> FirstAsync<T>(
        Func<EndPoint, CancellationToken, Task<T>> connect, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var endPoints = await ResolveAsync(cancellationToken).ConfigureAwait(false);
        for (var index = 0; ; index++)
        {
            using var share = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            share.CancelAfter(timeout / endPoints.Count);
            try
            {
                var connected = await connect(endPoints[index], share.Token).ConfigureAwait(false);
                _last = endPoints[index];
                return connected;
            }
            catch (Exception error) when (index + 1 < endPoints.Count && MayBeElsewhere(error) && !cancellationToken.IsCancellationRequested)
            {
                // Not there: the next one is tried.
            }
        }
    }

    /// <summary>For messages.</summary>
    public override string ToString() => string.Join(", ", places.Select(place => $"{place.Host}:{place.Port}"));

    // A place with another key is no place of this server: that is told, and not passed over.
    private static bool MayBeElsewhere(Exception error) => error is ChannelException channel
        ? channel.Reason != ChannelError.ServerKeyRefused
        : error is SocketException or IOException or OperationCanceledException;

    private async Task<IReadOnlyList<EndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        var endPoints = new List<EndPoint>();
        SocketException? unknown = null;
        foreach (var (host, port) in places)
        {
            try
            {
                var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
                endPoints.AddRange(addresses.Select(address => new IPEndPoint(address, port)));
            }
            catch (SocketException error)
            {
                unknown = error; // the other places may be known
            }
        }

        if (endPoints.Count == 0)
        {
            throw unknown ?? new SocketException((int)SocketError.HostNotFound);
        }

        if (_last is { } last && endPoints.Remove(last))
        {
            endPoints.Insert(0, last);
        }

        return endPoints;
    }
}
