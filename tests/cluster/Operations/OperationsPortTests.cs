using System.Net;
using System.Text.Json;
using Vault.Tests.Server;

namespace Vault.Cluster.Tests.Operations;

/// <summary>What an operator sees on the port that is theirs, and that it is theirs alone.</summary>
public sealed class OperationsPortTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new();
    private RunningVault _vault = null!; // xunit calls InitializeAsync first

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync(null, "--ops", "127.0.0.1:0");
        _http.BaseAddress = _vault.Server.Operations;
    }

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Health_OfARunningServer_IsWell()
    {
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/health/live")).StatusCode);
        using var ready = JsonDocument.Parse(await _http.GetStringAsync("/health/ready"));

        Assert.Equal("Healthy", ready.RootElement.GetProperty("status").GetString());
        Assert.Equal(
            ["silo", "stopping", "storage"],
            ready.RootElement.GetProperty("checks").EnumerateObject().Select(check => check.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Port_IsOnLoopbackAndNotTheClients()
    {
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(_vault.Server.Operations!.Host)));
        Assert.NotEqual(_vault.Server.Port, _vault.Server.Operations.Port);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/v1/server")).StatusCode);
    }

    [Fact]
    public async Task ClientsPort_HasNothingOfIt()
    {
        await using var session = await _vault.CreateAsync();
        using var sessionKey = Vault.Cryptography.Primitives.SecretBytes.Random(32);
        using var http = new Vault.Client.Channel.NoiseConnector(
            "127.0.0.1", _vault.Server.Port, sessionKey, _ => true, TimeSpan.FromSeconds(30)).CreateHttpClient();

        foreach (var path in new[] { "/health/live", "/health/ready", "/dashboard/", "/dashboard/GrainState" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public async Task Dashboard_ShowsSilosAndNoState()
    {
        var page = await _http.GetStringAsync("/dashboard/");

        Assert.Contains("<html", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, await CountSilosAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/dashboard/GrainState?grainId=x&grainType=y")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/dashboard/Trace")).StatusCode);
    }

    // The dashboard looks around once a second.
    private async Task<int> CountSilosAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var counters = JsonDocument.Parse(await _http.GetStringAsync("/dashboard/DashboardCounters", patience.Token));
            if (counters.RootElement.GetProperty("hosts").GetArrayLength() is > 0 and var count)
            {
                return count;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }
}
