using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;

namespace Vault.Tests.Support;

/// <summary>A real SMTP host from npm (<c>tests/peers/smtp-host.mjs</c>) on a free loopback port, which misbehaves when told to.</summary>
public sealed class SmtpHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<JsonElement> _seen = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _reading;

    private SmtpHost(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>SHA-256 of its certificate, in hexadecimal digits; empty without TLS.</summary>
    public string CertificateSha256 { get; private init; } = "";

    /// <summary>Starts a host.</summary>
    /// <param name="tls">Whether it has a certificate: for STARTTLS, or from the first byte with <paramref name="implicitTls"/>.</param>
    /// <param name="user">Who has to sign in, if anybody.</param>
    /// <param name="port">The port; 0 for any free one.</param>
    public static async Task<SmtpHost> StartAsync(
        bool tls = false, bool implicitTls = false, string? user = null, string? password = null, int port = 0)
    {
        using var certificate = tls || implicitTls ? MakeCertificate() : null;
        var host = new SmtpHost(await Peers.StartAsync("smtp-host.mjs"))
        {
            CertificateSha256 = certificate?.GetCertHashString(HashAlgorithmName.SHA256) ?? "",
        };
        try
        {
            await host.TellAsync(new
            {
                secure = implicitTls,
                key = certificate?.GetECDsaPrivateKey()?.ExportPkcs8PrivateKeyPem(),
                cert = certificate?.ExportCertificatePem(),
                user,
                password,
                port,
            });
            host.Port = (await host.NextAsync("port")).GetProperty("port").GetInt32();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>From here on it is <c>ok</c>, <c>slow</c>, <c>die-in-data</c>, or refuses (<c>refuse-sender</c>,
    /// <c>refuse-recipient</c>, <c>want-user</c>).</summary>
    public Task BehaveAsync(string mode) => TellAsync(new { mode });

    /// <summary>Waits until it has seen the <c>sender</c>, <c>data</c> or a whole <c>mail</c>; what it saw before that is passed over.</summary>
    public async Task<JsonElement> SawAsync(string what)
    {
        while (true)
        {
            var seen = await NextAsync("saw");
            if (seen.GetProperty("saw").GetString() == what)
            {
                return seen;
            }
        }
    }

    /// <summary>Whether it has seen nothing more that a test did not wait for.</summary>
    public bool HasSeenAll => _seen.Reader.Count == 0;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task TellAsync(object line)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(line, JsonSerializerOptions.Web));
        await _process.StandardInput.FlushAsync();
    }

    private async Task<JsonElement> NextAsync(string property)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var line = await _seen.Reader.ReadAsync(patience.Token);
            if (line.TryGetProperty(property, out _))
            {
                return line;
            }
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            _seen.Writer.TryWrite(json.RootElement.Clone());
        }

        _seen.Writer.TryComplete(new InvalidOperationException($"The SMTP host ended: {await _process.StandardError.ReadToEndAsync()}"));
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
