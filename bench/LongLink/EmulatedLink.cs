using System.Diagnostics;
using Vault.Bench.Baselines;

namespace Vault.Bench.LongLink;

/// <summary>
/// Two network namespaces with a link between them that takes its time and loses packets: each end is a TUN device, and this process carries
/// the IP packets from one to the other. What runs in them uses the kernel's own TCP.
/// </summary>
/// <remarks>For machines whose kernel lacks <c>tc netem</c>. Needs root and /dev/net/tun.</remarks>
internal sealed class EmulatedLink : IDisposable
{
    private const int PacketLength = 2048; // the devices' MTU is 1500
    private const int ManyAtOnce = 64;

    private static readonly string[] SetUp =
    [
        "ip netns add {0}", "ip link set dev {0} netns {0}", "ip -n {0} link set dev lo up",
        "ip -n {0} addr add {1}/30 dev {0}", "ip -n {0} link set dev {0} mtu 1500 txqueuelen 20000 up",
    ];

    private readonly TunDevice _near, _far;
    private readonly long _delay;
    private readonly double _loss;
    private readonly Thread[] _carriers;
    private volatile bool _isOver;
    private long _lost, _carried;

    private EmulatedLink(TunDevice near, TunDevice far, TimeSpan delay, double loss)
    {
        (_near, _far, _loss) = (near, far, loss);
        _delay = (long)(delay.TotalSeconds * Stopwatch.Frequency);
        _carriers = [new Thread(() => Carry(_near, _far)), new Thread(() => Carry(_far, _near))];
        Array.ForEach(_carriers, carrier => carrier.Start());
    }

    /// <summary>The client's namespace, and its address.</summary>
    public static (string Name, string Address) Near { get; } = ("vaultnear", "10.77.0.1");

    /// <summary>The server's.</summary>
    public static (string Name, string Address) Far { get; } = ("vaultfar", "10.77.0.2");

    /// <summary>The share of packets lost so far.</summary>
    public double Lost => Interlocked.Read(ref _lost) / (double)Math.Max(1, Interlocked.Read(ref _lost) + Interlocked.Read(ref _carried));

    /// <summary>Makes the link.</summary>
    /// <param name="delay">Each way: half of a round trip.</param>
    /// <param name="loss">The share of packets, either way, that get lost.</param>
    /// <exception cref="IOException">This machine does not permit it.</exception>
    public static async Task<EmulatedLink> CreateAsync(TimeSpan delay, double loss)
    {
        if (!OperatingSystem.IsLinux() || Command.Find("ip") is null)
        {
            throw new IOException("There is no Linux with iproute2.");
        }

        var near = TunDevice.Open(Near.Name);
        TunDevice? far = null;
        try
        {
            far = TunDevice.Open(Far.Name);
            foreach (var (name, address) in new[] { Near, Far })
            {
                foreach (var line in SetUp)
                {
                    await Command.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, line, name, address));
                }
            }

            return new EmulatedLink(near, far, delay, loss);
        }
        catch (Exception error)
        {
            near.Dispose();
            far?.Dispose();
            RemoveNamespaces();
            throw error is InvalidOperationException ? new IOException(error.Message, error) : error;
        }
    }

    public void Dispose()
    {
        _isOver = true;
        Array.ForEach(_carriers, carrier => carrier.Join());
        _near.Dispose();
        _far.Dispose();
        RemoveNamespaces();
    }

    private static void RemoveNamespaces()
    {
        foreach (var (name, _) in new[] { Near, Far })
        {
            using var remove = Process.Start(new ProcessStartInfo("ip", ["netns", "del", name]) { RedirectStandardError = true });
            remove?.WaitForExit();
        }
    }

    private void Carry(TunDevice from, TunDevice to)
    {
        var underWay = new Queue<(byte[] Bytes, int Length, long Due)>();
        var free = new Stack<byte[]>();
        var random = new Random(_loss > 0 ? 42 : 0);
        while (!_isOver)
        {
            var read = 0;
            for (; read < ManyAtOnce; read++)
            {
                if (!free.TryPop(out var packet))
                {
                    packet = new byte[PacketLength];
                }

                if (from.Read(packet) is var length && length > 0 && random.NextDouble() >= _loss)
                {
                    underWay.Enqueue((packet, length, Stopwatch.GetTimestamp() + _delay));
                    continue;
                }

                free.Push(packet);
                if (length == 0)
                {
                    break;
                }

                Interlocked.Increment(ref _lost);
            }

            var now = Stopwatch.GetTimestamp();
            while (underWay.TryPeek(out var next) && next.Due <= now)
            {
                underWay.Dequeue();
                to.Write(next.Bytes.AsSpan(0, next.Length));
                free.Push(next.Bytes);
                Interlocked.Increment(ref _carried);
            }

            if (read == 0)
            {
                from.Wait(underWay.Count > 0 ? 1 : 20);
            }
        }
    }
}
