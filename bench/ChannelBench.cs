using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;
using Vault.Gateway.Hosting;

namespace Vault.Bench;

/// <summary>HTTP/2 over our channel, over nothing and over TLS 1.3, in one run and in turn.</summary>
internal static class ChannelBench
{
    private const long Bytes = 1L << 30;
    private const int BlockSize = 256 * 1024;
    private const int Rounds = 3;
    private const int Requests = 60_000;
    private const int Concurrency = 32;

    private static readonly byte[] Block = new byte[BlockSize];

    public static async Task RunAsync()
    {
        using var serverKey = SecretBytes.Random(32);
        using var certificate = Certificate();
        await using var app = await StartAsync(serverKey, certificate);
        var ports = app.Urls.Select(url => new Uri(url).Port).ToArray();
        using var clientKey = SecretBytes.Random(32);
        (string Name, HttpClient Client)[] ways =
        [
            ("Noise (ours)", new NoiseConnector("127.0.0.1", ports[0], clientKey, _ => true, TimeSpan.FromSeconds(10)).CreateHttpClient()),
            ("no encryption", Plain(ports[1])),
            ("TLS 1.3", Tls(ports[2], certificate)),
        ];

        var figures = ways.ToDictionary(
            way => way.Name, _ => (Up: new List<double>(), Down: new List<double>(), Small: new List<double>(), Work: new List<(double Up, double Down)>()));
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var (name, client) in ways)
            {
                var start = ServerProcess.OwnProcessorSeconds();
                var up = await UploadAsync(client);
                var between = ServerProcess.OwnProcessorSeconds();
                var down = await DownloadAsync(client);
                var end = ServerProcess.OwnProcessorSeconds();
                var small = await SmallAsync(client);
                if (round >= 0)
                {
                    figures[name].Up.Add(up);
                    figures[name].Down.Add(down);
                    figures[name].Small.Add(small);
                    figures[name].Work.Add((between - start, end - between));
                }
            }
        }

        var (plainUp, plainDown, plainSmall, _) = figures["no encryption"];
        Report.Section($"Channel: HTTP/2, both ends on this machine, median of {Rounds} rounds of 1 GiB");
        foreach (var (name, (up, down, small, work)) in figures)
        {
            Report.Row(name, $"up {Report.Rate(Bytes, Report.Median(up))} ({Report.Median(plainUp) / Report.Median(up):F2} of no encryption), "
                + $"down {Report.Rate(Bytes, Report.Median(down))} ({Report.Median(plainDown) / Report.Median(down):F2}), "
                + $"{Requests / Report.Median(small):F0} small requests/s at {Concurrency} ({Report.Median(plainSmall) / Report.Median(small):F2}); "
                + $"processor time of both ends {Report.Median(work.Select(w => w.Up)):F2} s up, {Report.Median(work.Select(w => w.Down)):F2} s down");
        }

        Report.Row("AES-256-GCM alone, sealing and opening the same GiB", $"{CipherSeconds():F2} s of processor time");
        foreach (var (_, client) in ways)
        {
            client.Dispose();
        }
    }

    /// <summary>What no channel with this cipher can do without.</summary>
    private static double CipherSeconds()
    {
        const int Record = 32 * 1024;
        using var cipher = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var (nonce, tag, plain, sealedBytes) = (new byte[12], new byte[16], new byte[Record], new byte[Record]);
        var clock = Stopwatch.StartNew();
        for (var left = Bytes; left > 0; left -= Record)
        {
            cipher.Encrypt(nonce, plain, sealedBytes, tag);
            cipher.Decrypt(nonce, sealedBytes, tag, plain);
        }

        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<WebApplication> StartAsync(SecretBytes serverKey, X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool.Factory>(); // as the gateway has it, for all three
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 16 * 1024 * 1024;
            kestrel.Limits.Http2.InitialStreamWindowSize = 8 * 1024 * 1024;
            kestrel.Limits.Http2.MaxFrameSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseNoise(new NoiseOptions { StaticKey = serverKey });
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(certificate, https => https.SslProtocols = System.Security.Authentication.SslProtocols.Tls13);
            });
        });
        var app = builder.Build();
        app.MapPost("/", async http =>
        {
            var buffer = new byte[BlockSize];
            while (await http.Request.Body.ReadAsync(buffer) > 0)
            {
            }
        });
        app.MapGet("/{bytes}", async http =>
        {
            for (var left = long.Parse((string)http.Request.RouteValues["bytes"]!, System.Globalization.CultureInfo.InvariantCulture); left > 0; left -= BlockSize)
            {
                await http.Response.Body.WriteAsync(Block);
            }
        });
        app.MapGet("/", () => "ok");
        await app.StartAsync();
        return app;
    }

    private static HttpClient Plain(int port) => Client($"http://127.0.0.1:{port}", Handler());

    private static HttpClient Tls(int port, X509Certificate2 expected)
    {
        var handler = Handler();
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, seen, _, _) => seen is not null && seen.GetRawCertData().AsSpan().SequenceEqual(expected.RawData),
        };
        return Client($"https://127.0.0.1:{port}", handler);
    }

    private static SocketsHttpHandler Handler() => new() { InitialHttp2StreamWindowSize = 8 * 1024 * 1024, UseProxy = false };

    private static HttpClient Client(string address, SocketsHttpHandler handler) => new(handler)
    {
        BaseAddress = new Uri(address),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<double> UploadAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Zeros(),
        };
        var clock = Stopwatch.StartNew();
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> DownloadAsync(HttpClient client)
    {
        var buffer = new byte[BlockSize];
        var clock = Stopwatch.StartNew();
        await using var body = await client.GetStreamAsync($"/{Bytes}");
        var total = 0L;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
        {
            total += read;
        }

        return total == Bytes ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException("The download was cut.");
    }

    private static async Task<double> SmallAsync(HttpClient client)
    {
        var clock = Stopwatch.StartNew();
        var left = Requests;
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await client.GetByteArrayAsync("/");
            }
        }));
        return clock.Elapsed.TotalSeconds;
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Zeros : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var left = Bytes; left > 0; left -= BlockSize)
            {
                await stream.WriteAsync(Block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Bytes;
            return true;
        }
    }
}
