using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>A server far away: parts are spread over four connections with the session's key, within the same bound.</summary>
public sealed class LongLinkTests : IAsyncLifetime
{
    private const int Length = 40 * 1024 * 1024;

    private readonly Parts _parts = new();
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private TcpProxy _proxy = null!;
    private VaultSession _session = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        _proxy = FarFrom(_vault);
        using var password = RunningVault.Secret(RunningVault.Password);
        var address = new ServerAddress("127.0.0.1", _proxy.Port, _vault.Server.ServerKey);
        var options = _vault.Options with { ReconnectFor = TimeSpan.FromSeconds(30), Intercept = _parts.Watch };
        await using var account = await VaultAccount.CreateAsync(address, "ada@example.org", password, options, default);
        _session = account.TakeSession();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _proxy.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task SendAndReceive_WayIsLong_FourConnectionsShareThePartsWithinTheBound()
    {
        var before = _proxy.Accepted;
        var content = await SendAsync(new SendOptions { ThrottleLimit = 6 });
        Assert.Equal(before + 3, _proxy.Accepted);
        Assert.Equal(4, _parts.ByConnection.Count(sent => sent > 0));
        Assert.InRange(_parts.MostAtOnce, 4, 6);
        await AssertReceivedAsync(content);
        Assert.Equal(before + 3, _proxy.Accepted); // the same ones

        // What is proved on a connection is still proved on the first one.
        using var present = RunningVault.Secret(RunningVault.Password);
        using var next = RunningVault.Secret("another password of hers");
        await _session.ChangePasswordAsync(present, next, rotateKeys: false, null, default);
    }

    [Fact]
    public async Task Send_OneConnectionIsCut_GoesOnWithTheOthersAndANewOne()
    {
        var before = _proxy.Accepted;
        _parts.AfterPart = number =>
        {
            if (number == 4)
            {
                _proxy.CutNewest();
            }
        };
        var content = await SendAsync(null);
        Assert.InRange(_proxy.Accepted, before + 4, before + 8);
        await AssertReceivedAsync(content);
    }

    private static TcpProxy FarFrom(RunningVault vault) => new(vault.Server.Port, delay: TimeSpan.FromMilliseconds(10));

    private async Task<byte[]> SendAsync(SendOptions? options)
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        var source = Path.Combine(_vault.Folder, "source.bin");
        await File.WriteAllBytesAsync(source, content);
        await _session.SendAsync(source, "far.bin", options, null, default);
        return content;
    }

    private async Task AssertReceivedAsync(byte[] content)
    {
        var file = await _session.FindAsync("far.bin", default);
        var target = Path.Combine(_vault.Folder, "target.bin");
        await _session.ReceiveAsync(file!, target, null, null, default); // it was just stored
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
    }

    /// <summary>Counts parts by connection, and how many are under way at once.</summary>
    private sealed class Parts
    {
        private readonly Lock _gate = new();
        private int _underWay;
        private int _done;

        public List<int> ByConnection { get; } = [];

        public int MostAtOnce { get; private set; }

        public Action<int> AfterPart { get; set; } = _ => { };

        public HttpMessageHandler Watch(HttpMessageHandler inner)
        {
            lock (_gate)
            {
                ByConnection.Add(0);
                return new Handler(this, ByConnection.Count - 1) { InnerHandler = inner };
            }
        }

        private sealed class Handler(Parts parts, int connection) : DelegatingHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                if (request.Method != HttpMethod.Put)
                {
                    return await base.SendAsync(request, cancellationToken);
                }

                lock (parts._gate)
                {
                    parts.ByConnection[connection]++;
                    parts.MostAtOnce = Math.Max(parts.MostAtOnce, ++parts._underWay);
                }

                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                finally
                {
                    int done;
                    lock (parts._gate)
                    {
                        parts._underWay--;
                        done = ++parts._done;
                    }

                    parts.AfterPart(done);
                }
            }
        }
    }
}
