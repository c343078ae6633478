using System.Text.Json;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Opaque;

public sealed class OprfTests
{
    [SkippableFact]
    public void DeriveKey_PublishedSeed_GivesPublishedKey()
    {
        using var document = Vectors.Open("rfc9497-ristretto255-sha512.json");
        var suite = Mode0(document);
        var key = new byte[OpaqueSuite.ScalarLength];

        Oprf.DeriveKey(key, Hex(suite, "seed"), Hex(suite, "keyInfo"));

        Assert.Equal(Hex(suite, "skSm"), key);
    }

    [SkippableFact]
    public void BlindEvaluateFinalize_PublishedInputs_GivePublishedElementsAndOutput()
    {
        using var document = Vectors.Open("rfc9497-ristretto255-sha512.json");
        var suite = Mode0(document);
        var count = 0;
        foreach (var vector in suite.GetProperty("vectors").EnumerateArray())
        {
            var blinded = new byte[OpaqueSuite.ElementLength];
            Oprf.Blind(blinded, Hex(vector, "Input"), Hex(vector, "Blind"));
            Assert.Equal(Hex(vector, "BlindedElement"), blinded);

            var evaluated = new byte[OpaqueSuite.ElementLength];
            Oprf.BlindEvaluate(evaluated, Hex(suite, "skSm"), blinded);
            Assert.Equal(Hex(vector, "EvaluationElement"), evaluated);

            var output = new byte[OpaqueSuite.HashLength];
            Oprf.Finalize(output, Hex(vector, "Input"), Hex(vector, "Blind"), evaluated);
            Assert.Equal(Hex(vector, "Output"), output);
            count++;
        }

        Assert.Equal(2, count);
    }

    [Fact]
    public void Finalize_OtherBlind_GivesSameOutput()
    {
        Assert.Equal(Evaluate("correct horse"u8), Evaluate("correct horse"u8));
        Assert.NotEqual(Evaluate("correct horse"u8), Evaluate("correct house"u8));
    }

    [Fact]
    public void BlindEvaluate_Identity_IsRefused()
    {
        var key = new byte[OpaqueSuite.ScalarLength];
        key[0] = 1;

        var error = Assert.Throws<CryptographyException>(
            () => Oprf.BlindEvaluate(new byte[OpaqueSuite.ElementLength], key, new byte[OpaqueSuite.ElementLength]));

        Assert.Equal(CryptographyError.InvalidEncoding, error.Reason);
    }

    [Fact]
    public void Blind_ZeroBlind_IsRefused()
    {
        Assert.Throws<CryptographyException>(
            () => Oprf.Blind(new byte[OpaqueSuite.ElementLength], "x"u8, new byte[OpaqueSuite.ScalarLength]));
    }

    private static byte[] Evaluate(ReadOnlySpan<byte> input)
    {
        var key = new byte[OpaqueSuite.ScalarLength];
        key[0] = 7;
        var blind = new byte[OpaqueSuite.ScalarLength];
        Ristretto255.RandomScalar(blind);
        var element = new byte[OpaqueSuite.ElementLength];
        Oprf.Blind(element, input, blind);
        var evaluated = new byte[OpaqueSuite.ElementLength];
        Oprf.BlindEvaluate(evaluated, key, element);
        var output = new byte[OpaqueSuite.HashLength];
        Oprf.Finalize(output, input, blind, evaluated);
        return output;
    }

    private static JsonElement Mode0(JsonDocument document) =>
        document.RootElement.EnumerateArray().Single(suite => suite.GetProperty("mode").GetInt32() == 0);

    private static byte[] Hex(JsonElement element, string name) =>
        Convert.FromHexString(element.GetProperty(name).GetString() ?? "");
}
