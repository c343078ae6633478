using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>
/// What an engine loads: a tar archive whose <c>manifest.json</c> names the image's configuration and layers
/// (https://github.com/moby/docker-image-spec).
/// </summary>
internal sealed class ImageArchive : IDisposable
{
    private readonly JsonDocument _configuration;

    private ImageArchive(string name, JsonDocument configuration, IReadOnlyList<TarEntry> entries, long length)
    {
        (Name, _configuration, Entries, Length) = (name, configuration, entries, length);
    }

    /// <summary>Repository and tag.</summary>
    public string Name { get; }

    /// <summary>What a container is started with.</summary>
    public JsonElement Config => _configuration.RootElement.GetProperty("config");

    /// <summary>What the last layer, which is ours, holds.</summary>
    public IReadOnlyList<TarEntry> Entries { get; }

    /// <summary>Its bytes in the archive.</summary>
    public long Length { get; }

    /// <summary>The environment of a container.</summary>
    public Dictionary<string, string> Environment => Strings("Env")
        .Select(variable => variable.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The ports that are announced.</summary>
    public string[] Ports => [.. Config.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name).Order(StringComparer.Ordinal)];

    /// <summary>Reads an archive and unpacks its last layer.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="root">The folder that the layer's files go to.</param>
    public static ImageArchive Open(string path, string root)
    {
        var unpacked = $"{path}.unpacked";
        Directory.CreateDirectory(unpacked);
        TarFile.ExtractToDirectory(path, unpacked, overwriteFiles: false);
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(unpacked, "manifest.json")));
        var image = manifest.RootElement.EnumerateArray().Single();
        var layer = Path.Combine(unpacked, image.GetProperty("Layers").EnumerateArray().Last().GetString()!); // a layer is a file's name
        Directory.CreateDirectory(root);
        using (var gzip = new GZipStream(File.OpenRead(layer), CompressionMode.Decompress))
        {
            TarFile.ExtractToDirectory(gzip, root, overwriteFiles: false);
        }

        return new ImageArchive(
            image.GetProperty("RepoTags").EnumerateArray().Single().GetString()!, // likewise
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(unpacked, image.GetProperty(nameof(Config)).GetString()!))), // a file's name, too
            Read(layer),
            new FileInfo(layer).Length);
    }

    public void Dispose() => _configuration.Dispose();

    public string[] Strings(string name) => [.. Config.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)]; // strings by the format

    private static List<TarEntry> Read(string layer)
    {
        using var gzip = new GZipStream(File.OpenRead(layer), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        var entries = new List<TarEntry>();
        while (tar.GetNextEntry() is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }
}
