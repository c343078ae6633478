using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>
/// A registry on loopback with one image, for the SDK to build upon: what <c>docker pull</c> asks for, and no more
/// (https://github.com/opencontainers/distribution-spec).
/// </summary>
/// <remarks>The image says what Microsoft's say where that matters to ours, and has next to nothing in it.</remarks>
internal sealed class BaseImage : IAsyncDisposable
{
    private const string Repository = "dotnet/aspnet", Tag = "10.0";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private readonly WebApplication _registry;
    private readonly Dictionary<string, byte[]> _blobs = [];

    private BaseImage(WebApplication registry) => _registry = registry;

    /// <summary>What an administrator would name.</summary>
    public string Name => $"localhost:{new Uri(_registry.Urls.Single()).Port}/{Repository}:{Tag}";

    public static async Task<BaseImage> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var image = new BaseImage(builder.Build());
        image.Map(image.Manifest());
        await image._registry.StartAsync();
        return image;
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    private void Map(byte[] manifest)
    {
        _registry.MapGet("/v2/", () => Results.Ok());
        _registry.MapGet($"/v2/{Repository}/manifests/{{reference}}", (string reference, HttpResponse response) =>
        {
            if (reference != Tag && reference != Digest(manifest))
            {
                return Results.NotFound();
            }

            response.Headers["Docker-Content-Digest"] = Digest(manifest);
            return Results.Bytes(manifest, ManifestType);
        });
        _registry.MapGet($"/v2/{Repository}/blobs/{{digest}}", (string digest) =>
            _blobs.TryGetValue(digest, out var blob) ? Results.Bytes(blob) : Results.NotFound());
    }

    private byte[] Manifest()
    {
        var layer = Layer();
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(layer);
        }

        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = Add("application/vnd.oci.image.config.v1+json", JsonSerializer.SerializeToUtf8Bytes(new
            {
                architecture = RuntimeInformation.OSArchitecture == Architecture.X64 ? "amd64" : "arm64",
                os = "linux",
                // No APP_UID, from which the SDK would take the user: an image built upon another base than Microsoft's is not root's either.
                config = new { Env = new[] { "PATH=/usr/bin:/bin", "ASPNETCORE_HTTP_PORTS=8080" } },
                rootfs = new { type = "layers", diff_ids = new[] { Digest(layer) } },
            })),
            layers = new[] { Add("application/vnd.oci.image.layer.v1.tar+gzip", compressed.ToArray()) },
        });
    }

    private object Add(string mediaType, byte[] blob)
    {
        _blobs.Add(Digest(blob), blob);
        return new { mediaType, digest = Digest(blob), size = blob.Length };
    }

    private static byte[] Layer()
    {
        using var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/base")
            {
                DataStream = new MemoryStream(Encoding.ASCII.GetBytes("base")),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
        }

        return layer.ToArray();
    }

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
}
