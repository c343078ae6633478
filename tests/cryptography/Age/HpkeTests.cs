using System.Text.Json;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Age;

public sealed class HpkeTests
{
    private const int HkdfSha256 = 1;

    [SkippableFact]
    public void KeySchedule_PublishedVector_GivesKeyAndNonce()
    {
        using var vectors = Vectors.Open("hpke-pq-mlkem768x25519.json");
        var vector = Suite(vectors);
        var key = new byte[32];
        var nonce = new byte[12];

        Hpke.KeySchedule(key, nonce, Bytes(vector, "shared_secret"), Bytes(vector, "info"));

        Assert.Equal(Bytes(vector, "key"), key);
        Assert.Equal(Bytes(vector, "base_nonce"), nonce);
    }

    [SkippableFact]
    public void SealDerand_PublishedVector_GivesEncapsulatedKeyAndFirstCiphertext()
    {
        using var vectors = Vectors.Open("hpke-pq-mlkem768x25519.json");
        var vector = Suite(vectors);
        var first = vector.GetProperty("encryptions")[0];
        var plaintext = Bytes(first, "pt");
        var encapsulated = new byte[XWing.CiphertextLength];
        var ciphertext = new byte[plaintext.Length + Hpke.TagLength];

        Hpke.SealDerand(
            encapsulated, ciphertext, plaintext,
            Bytes(vector, "pkRm"), Bytes(vector, "info"), Bytes(first, "aad"), Bytes(vector, "ikmE"));

        Assert.Equal(Bytes(vector, "enc"), encapsulated);
        Assert.Equal(Bytes(first, "ct"), ciphertext);
    }

    [SkippableFact]
    public void TryOpen_PublishedVector_GivesThePlaintext()
    {
        using var vectors = Vectors.Open("hpke-pq-mlkem768x25519.json");
        var vector = Suite(vectors);
        var first = vector.GetProperty("encryptions")[0];
        var ciphertext = Bytes(first, "ct");
        var plaintext = new byte[ciphertext.Length - Hpke.TagLength];

        Assert.True(Hpke.TryOpen(
            plaintext, Bytes(vector, "enc"), ciphertext,
            Bytes(vector, "skRm"), Bytes(vector, "info"), Bytes(first, "aad")));

        Assert.Equal(Bytes(first, "pt"), plaintext);
    }

    [Theory]
    [InlineData("encapsulated")]
    [InlineData("ciphertext")]
    [InlineData("seed")]
    [InlineData("info")]
    [InlineData("aad")]
    public void TryOpen_OnePartChanged_RefusesAndZeroesThePlaintext(string part)
    {
        var seed = AgeTestData.Pattern(XWing.SeedLength);
        var publicKey = new byte[XWing.PublicKeyLength];
        XWing.PublicKey(publicKey, seed);
        var encapsulated = new byte[XWing.CiphertextLength];
        var ciphertext = new byte[16 + Hpke.TagLength];
        byte[] info = [1];
        byte[] aad = [2];
        Hpke.Seal(encapsulated, ciphertext, new byte[16], publicKey, info, aad);
        var parts = new Dictionary<string, byte[]>
        {
            [nameof(encapsulated)] = encapsulated,
            [nameof(ciphertext)] = ciphertext,
            [nameof(seed)] = seed,
            [nameof(info)] = info,
            [nameof(aad)] = aad,
        };
        var plaintext = AgeTestData.Pattern(16);
        Assert.True(Hpke.TryOpen(plaintext, encapsulated, ciphertext, seed, info, aad));

        parts[part][0] ^= 1;
        AgeTestData.Pattern(16).CopyTo(plaintext, 0);

        Assert.False(Hpke.TryOpen(plaintext, encapsulated, ciphertext, seed, info, aad));
        Assert.All(plaintext, b => Assert.Equal(0, b));
    }

    [SkippableFact]
    public void XWing_PublishedVectors_AreReproduced()
    {
        using var vectors = Vectors.Open("xwing.json");
        var run = 0;
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var publicKey = new byte[XWing.PublicKeyLength];
            var ciphertext = new byte[XWing.CiphertextLength];
            var sharedSecret = new byte[XWing.SharedSecretLength];
            XWing.PublicKey(publicKey, Bytes(vector, "seed"));
            Assert.Equal(Bytes(vector, "pk"), publicKey);
            XWing.EncapsulateDerand(ciphertext, sharedSecret, publicKey, Bytes(vector, "eseed"));
            Assert.Equal(Bytes(vector, "ct"), ciphertext);
            Assert.Equal(Bytes(vector, "ss"), sharedSecret);
            sharedSecret.AsSpan().Clear();
            XWing.Decapsulate(sharedSecret, ciphertext, Bytes(vector, "sk"));
            Assert.Equal(Bytes(vector, "ss"), sharedSecret);
            run++;
        }

        Assert.True(run > 0);
    }

    private static JsonElement Suite(JsonDocument vectors) =>
        vectors.RootElement.EnumerateArray().Single(vector => vector.GetProperty("kdf_id").GetInt32() == HkdfSha256);

    private static byte[] Bytes(JsonElement vector, string name) =>
        Convert.FromHexString(vector.GetProperty(name).GetString()!);
}
