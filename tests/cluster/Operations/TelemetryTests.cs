using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Operations;

/// <summary>What leaves the server for its operator: metrics, traces and log lines, and in none of them who somebody is.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Email = "ada-lovelace@example.org", FileName = "a-name-nobody-reads.txt";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Collector_GetsMetricsAndTraces_AndNobodysName()
    {
        await using var collector = await Collector.StartAsync();
        await using (var vault = await RunningVault.StartAsync(
            null, "--Vault:Telemetry:Otlp", collector.Address, "--Vault:Telemetry:Protocol", "http"))
        {
            await using var session = await vault.CreateAsync(Email);
            await session.SendAsync(vault.Write(FileName, "content"u8), FileName, null, null, default);
            await Assert.ThrowsAsync<Vault.Client.VaultException>(() => vault.ConnectAsync(Email, "not the password"));
        }

        // The server sent what was left when it stopped.
        Assert.True(collector.Shows("vault.events.appended"));
        Assert.True(collector.Shows("orleans-app-requests-latency-bucket") || collector.Shows("orleans-"));
        Assert.True(collector.Shows("/v1/login/start")); // a request
        Assert.True(collector.Shows("vault.user") || collector.Shows("IUserGrain")); // a grain call
        Assert.False(collector.Shows(Email));
        Assert.False(collector.Shows("ada-lovelace"));
        Assert.False(collector.Shows(FileName));
    }

    [Fact]
    public void Trace_OfARequest_LosesWhereItCameFrom()
    {
        using var processor = new Vault.Gateway.Operations.PersonalDataProcessor();
        using var activity = new System.Diagnostics.Activity("request");
        activity.SetTag("client.address", "203.0.113.7").SetTag("url.query", "tag=secret").SetTag("http.route", "/v1/files");

        processor.OnEnd(activity);

        Assert.Equal(["http.route"], activity.TagObjects.Select(tag => tag.Key));
    }

    [Theory]
    [InlineData("Vault:Telemetry:Otlp", "--Vault:Telemetry:Otlp", "nonsense")]
    [InlineData("Vault:Telemetry:Protocol", "--Vault:Telemetry:Otlp", "http://127.0.0.1:4317", "--Vault:Telemetry:Protocol", "udp")]
    [InlineData("Vault:Ops:Listen", "--ops", "nonsense")]
    [InlineData("Vault:Logs", "--Vault:Logs", "xml")]
    public async Task Setting_ThatCannotBeUsed_IsNamedInOneLine(string named, params string[] options)
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            new Dictionary<string, string>(), ["--data", _folder.File("data"), "--listen", "127.0.0.1:0", .. options]);

        Assert.Equal(2, exitCode);
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_AtItsMostTalkative_IsJsonAndNamesNobody()
    {
        var server = await ServerProgram.StartServerAsync(
            "--data", _folder.File("data"), "--listen", "127.0.0.1:0", "--Vault:Logs", "json", "--Logging:LogLevel:Default", "Debug");
        await using (server)
        {
            var options = new Vault.Client.ConnectOptions { StateFolder = _folder.File("state") };
            using var password = RunningVault.Secret(RunningVault.Password);
            using var wrong = RunningVault.Secret("not the password");
            await using var account = await Vault.Client.VaultAccount.CreateAsync(server.Address, Email, password, options, default);
            await File.WriteAllTextAsync(_folder.File(FileName), "content");
            await account.Session.SendAsync(_folder.File(FileName), FileName, null, null, default);
            await Assert.ThrowsAsync<Vault.Client.VaultException>(
                () => Vault.Client.VaultSession.ConnectAsync(server.Address, Email, wrong, options, default));
            await server.StopAsync();
        }

        var lines = (await server.Output).Split('\n').Where(line => line.StartsWith('{')).ToArray();
        Assert.True(lines.Length > 10);
        Assert.All(lines, line => System.Text.Json.JsonDocument.Parse(line).Dispose());
        Assert.DoesNotContain(lines, line => line.Contains("ada-lovelace", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, line => line.Contains(FileName, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Takes whatever an OTLP exporter posts.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<byte[]> _bodies = new();
        private Task _serving = Task.CompletedTask;

        public string Address { get; private set; } = "";

        public static Task<Collector> StartAsync()
        {
            var collector = new Collector { Address = $"http://127.0.0.1:{FreePort.Next()}" };
            collector._listener.Prefixes.Add(collector.Address + "/");
            collector._listener.Start();
            collector._serving = collector.ServeAsync();
            return Task.FromResult(collector);
        }

        public bool Shows(string text) => _bodies.Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
            _listener.Close();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var request = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await request.Request.InputStream.CopyToAsync(body);
                    _bodies.Enqueue(body.ToArray());
                    request.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // Stopped.
            }
        }
    }
}
