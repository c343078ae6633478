using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Channel;

/// <summary>What a stop does to open connections, and what cancellations do to their neighbours.</summary>
public sealed class StopTests
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Stop_RequestInFlight_FinishesItFirst()
    {
        await using var app = await NoiseApp.StartAsync(map: Map);
        using var client = app.Connector().CreateHttpClient();
        var request = client.GetStringAsync("/wait");
        await _entered.Task.WaitAsync(NoiseApp.Patience);

        var stopping = app.Host.StopAsync();
        await Stopping(app);
        Assert.False(stopping.IsCompleted);
        _release.SetResult();

        Assert.Equal("done", await request);
        await stopping.WaitAsync(NoiseApp.Patience);
        Assert.Empty(app.Errors);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/hash"));
    }

    [Fact]
    public async Task Stop_IdleAndHalfOpenConnections_WaitsForNone()
    {
        await using var app = await NoiseApp.StartAsync(new ManualTime()); // no time-out ends the handshakes
        var clients = Enumerable.Range(0, 20).Select(_ => app.Connector().CreateHttpClient()).ToArray();
        await Task.WhenAll(clients.Select(client => client.GetStringAsync("/hash")));
        var strangers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawPeer.ConnectAsync(app.Port)));
        await app.UntilOpenAsync(40);

        // With a wait for one of them this would take the host's 30 seconds, and end in an abort.
        using var abort = new CancellationTokenSource();
        await app.Host.StopAsync(abort.Token).WaitAsync(NoiseApp.Patience / 3);

        await app.UntilOpenAsync(0);
        Assert.Empty(app.Errors);
        Array.ForEach(clients, client => client.Dispose());
        Array.ForEach(strangers, stranger => stranger.Dispose());
    }

    [Fact]
    public async Task Stop_RequestThatNeverEnds_IsCutOffAtTheLimit()
    {
        await using var app = await NoiseApp.StartAsync(map: Map);
        using var client = app.Connector().CreateHttpClient();
        var request = client.GetStringAsync("/wait");
        await _entered.Task.WaitAsync(NoiseApp.Patience);

        using var limit = new CancellationTokenSource();
        var stopping = app.Host.StopAsync(limit.Token);
        await Stopping(app);
        await limit.CancelAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => request.WaitAsync(NoiseApp.Patience));
        try
        {
            await stopping.WaitAsync(NoiseApp.Patience);
        }
        catch (OperationCanceledException)
        {
            // The host says that its limit was over.
        }

        await app.UntilOpenAsync(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_ManyOnOneConnectionAndSomeCancelled_TheOthersAreCorrect(int seed)
    {
        await using var app = await NoiseApp.StartAsync();
        using var client = app.Connector().CreateHttpClient();
        await client.GetStringAsync("/hash");
        var random = new Random(seed);
        var requests = Enumerable.Range(0, 200).Select(number =>
        {
            var body = new byte[random.Next(1, 200_000)];
            random.NextBytes(body);
            var cancelAfter = random.Next(3) == 0 ? random.Next(body.Length) : -1; // so many bytes of the body
            return SendAsync(client, body, cancelAfter);
        }).ToArray();

        var cancelled = (await Task.WhenAll(requests)).Count(done => !done);

        Assert.InRange(cancelled, 20, 120);
        Assert.Equal(64, (await client.GetStringAsync("/hash")).Length);
        Assert.Equal(1, app.Accepted);
        Assert.Empty(app.Errors);
    }

    /// <summary>Whether it was answered, and then rightly.</summary>
    private static async Task<bool> SendAsync(HttpClient client, byte[] body, int cancelAfter)
    {
        using var cancel = new CancellationTokenSource();
        try
        {
            using var response = await client.PostAsync("/sha256", new CancellingBody(body, cancelAfter, cancel), cancel.Token);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await response.Content.ReadAsStringAsync());
            return true;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private static Task Stopping(NoiseApp app)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Host.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        return stopping.Task.WaitAsync(NoiseApp.Patience);
    }

    private void Map(WebApplication host) => host.MapGet("/wait", async (HttpContext http) =>
    {
        _entered.SetResult();
        await _release.Task.WaitAsync(http.RequestAborted);
        return "done";
    });

    /// <summary>A body that cancels its own request when so much of it was sent.</summary>
    private sealed class CancellingBody(byte[] body, int cancelAfter, CancellationTokenSource cancel) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var first = cancelAfter < 0 ? body.Length : cancelAfter;
            await stream.WriteAsync(body.AsMemory(0, first));
            if (cancelAfter >= 0)
            {
                await cancel.CancelAsync();
                cancel.Token.ThrowIfCancellationRequested();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
