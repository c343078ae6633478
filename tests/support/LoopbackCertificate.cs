using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vault.Tests.Support;

/// <summary>An authority of a test's own, and a certificate of it for 127.0.0.1.</summary>
public sealed class LoopbackCertificate
{
    private LoopbackCertificate(string authority, string certificate, string key) =>
        (Authority, Certificate, Key) = (authority, certificate, key);

    /// <summary>The authority's certificate, PEM.</summary>
    public string Authority { get; }

    /// <summary>The certificate, PEM.</summary>
    public string Certificate { get; }

    /// <summary>Its private key, PEM.</summary>
    public string Key { get; }

    /// <summary>Makes both; they are good for a day.</summary>
    public static LoopbackCertificate Make()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Vault test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = DateTimeOffset.UtcNow;
        using var authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, now.AddDays(-1), now.AddDays(1), [1, 2, 3, 4]);
        return new LoopbackCertificate(
            authority.ExportCertificatePem(), signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Certificate and key as a PFX file's content.</summary>
    public byte[] ToPfx(string password)
    {
        using var whole = X509Certificate2.CreateFromPem(Certificate, Key);
        return whole.Export(X509ContentType.Pfx, password);
    }
}
