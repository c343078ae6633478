using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vault.Cryptography.Age;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Age;

/// <summary>One vector of the age testkit: what must come of decrypting <paramref name="File"/>.</summary>
internal sealed record TestkitVector(
    string Name, string Expect, string? PayloadHash, byte[] FileKey, bool Armored,
    IReadOnlyList<string> IdentityTexts, IReadOnlyList<string> Passphrases, byte[] File)
{
    /// <summary>The reference implementation's ceiling, which the vector with 2^23 goes by.</summary>
    private const int MaxLogN = 22;

    internal AgeIdentity[] Identities() =>
    [
        .. IdentityTexts.Select(text => AgeIdentity.Parse(text)),
        .. Passphrases.Select(passphrase => new ScryptIdentity(Encoding.UTF8.GetBytes(passphrase), MaxLogN)),
    ];

    internal Stream Open(Stream file) => Armored ? new ArmorReader(file) : file;

    /// <summary>
    /// Whether <paramref name="failure"/>, or none, is what the vector expects, in the testkit's words.
    /// </summary>
    internal bool Expects(AgeException? failure) => Expect == failure?.Error switch
    {
        null => "success",
        AgeError.Armor => "armor failure",
        AgeError.Header or AgeError.WorkFactor => "header failure",
        AgeError.NoMatch => "no match",
        AgeError.HeaderMac => "HMAC failure",
        AgeError.Payload => "payload failure",
        _ => null,
    };

    /// <summary>Whether all plaintext that was released is what the vector says is released.</summary>
    internal bool ReleasesExactly(byte[] plaintext) => PayloadHash is null
        ? plaintext.Length == 0
        : PayloadHash == Convert.ToHexStringLower(SHA256.HashData(plaintext));
}

/// <summary>
/// The vectors of npm <c>cctv-age</c>: a header of <c>key: value</c> lines, an empty line, and the file, compressed for
/// some.
/// </summary>
internal static class Testkit
{
    internal const int Count = 143;

    private static readonly Lazy<Task<IReadOnlyList<TestkitVector>>> Vectors = new(LoadAsync);

    internal static Task<IReadOnlyList<TestkitVector>> VectorsAsync() => Vectors.Value;

    private static async Task<IReadOnlyList<TestkitVector>> LoadAsync()
    {
        using var files = JsonDocument.Parse(await Peers.RunAsync("age-testkit.mjs", ""));
        var vectors = files.RootElement.EnumerateObject();
        return [.. vectors.Select(file => Parse(file.Name, file.Value.GetBytesFromBase64()))];
    }

    private static TestkitVector Parse(string name, byte[] vector)
    {
        var end = vector.AsSpan().IndexOf("\n\n"u8);
        var fields = Encoding.UTF8.GetString(vector, 0, end).Split('\n')
            .Select(line => line.Split(": ", 2))
            .ToLookup(field => field[0], field => field[1]);
        string[] known =
            ["expect", "compressed", "payload", "identity", "passphrase", "armored", "file key", "comment"];
        Assert.All(fields, field => Assert.Contains(field.Key, known));
        var file = vector[(end + 2)..];
        return new TestkitVector(
            name,
            fields["expect"].Single(),
            fields["payload"].SingleOrDefault(),
            Convert.FromHexString(fields["file key"].Single()),
            fields["armored"].SingleOrDefault() == "yes",
            [.. fields["identity"]],
            [.. fields["passphrase"]],
            fields["compressed"].SingleOrDefault() == "zlib" ? Inflate(file) : file);
    }

    private static byte[] Inflate(byte[] compressed)
    {
        using var inflated = new MemoryStream();
        using var source = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
        source.CopyTo(inflated);
        return inflated.ToArray();
    }
}
