using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Vault.Grains.Mail;

/// <summary>Hands mail to an SMTP host (RFC 5321), one connection a mail, a few at a time, each within a bounded time.</summary>
internal sealed class SmtpTransport(IOptions<MailOptions> options) : IMailTransport, IDisposable
{
    private readonly MailOptions _options = options.Value;
    private readonly SemaphoreSlim _turns = new(options.Value.MaxConnections);

    public async Task SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_options.Timeout);
            try
            {
                await HandOverAsync(message, limit.Token);
            }
            catch (Exception e) when (Explain(e, cancellationToken) is { } why)
            {
                throw new MailException($"The mail host {_options.Host}:{_options.EffectivePort} {why}");
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task HandOverAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        using var client = new SmtpClient { Timeout = (int)_options.Timeout.TotalMilliseconds };
        if (_options.CertificateSha256 is { Length: > 0 } pinned)
        {
            client.ServerCertificateValidationCallback = (_, certificate, _, _) => IsPinned(certificate, pinned);
        }

        await client.ConnectAsync(_options.Host!, _options.EffectivePort, SocketOptions(), cancellationToken); // there is one: else mail goes to the pickup folder
        if (_options.User is { Length: > 0 } user)
        {
            await client.AuthenticateAsync(user, ReadPassword(), cancellationToken);
        }

        // Returns with the host's 250 to the final dot: from there on the mail is the host's.
        await client.SendAsync(message, cancellationToken);
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception e) when (Explain(e, cancellationToken) is not null)
        {
            // The mail is handed over; how the connection ends changes nothing.
        }
    }

    private string ReadPassword()
    {
        try
        {
            return _options.ReadPassword();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailException($"The password of the mail host cannot be read from {_options.PasswordFile}.", e);
        }
    }

    private SecureSocketOptions SocketOptions() => _options.Security switch
    {
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailSecurity.StartTls => SecureSocketOptions.StartTls, // required: never without
        _ => SecureSocketOptions.None,
    };

    private static bool IsPinned(X509Certificate? certificate, string pinned) =>
        certificate is not null
        && Convert.ToHexString(certificate.GetCertHash(HashAlgorithmName.SHA256))
            .Equals(pinned.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    /// <summary>What went wrong, in words that name no recipient: a host's own words may. Null for what says so itself, and for a stop.</summary>
    private static string? Explain(Exception error, CancellationToken stop) => error switch
    {
        MailException => null,
        OperationCanceledException when stop.IsCancellationRequested => null,
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } refused =>
            $"refuses the sender address ({(int)refused.StatusCode}). Check Vault:Mail:SenderAddress.",
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refused =>
            $"refuses the recipient ({(int)refused.StatusCode}).",
        ServiceNotAuthenticatedException => "takes mail from users alone. Set Vault:Mail:User and its password.",
        SmtpCommandException refused => $"refuses the mail ({(int)refused.StatusCode}).",
        AuthenticationException => "refuses user or password. Check Vault:Mail:User and the password.",
        SslHandshakeException or System.Security.Authentication.AuthenticationException =>
            "has a certificate that is not trusted. Check its name and issuer, or pin it with Vault:Mail:CertificateSha256.",
        NotSupportedException => "does not offer what is asked for: check Vault:Mail:Security and Vault:Mail:User.",
        SmtpProtocolException or ServiceNotConnectedException or IOException => "dropped the connection.",
        SocketException socket => $"cannot be reached: {socket.SocketErrorCode}.",
        TimeoutException or OperationCanceledException => "did not answer in time.",
        _ => $"was not understood: {error.GetType().Name}.",
    };
}
