using Vault.Cryptography.Age;

namespace Vault.Cryptography.Tests.Age;

public sealed class Bech32Tests
{
    // The identity and its kind's human-readable part as the age specification prints them.
    private const string X25519Text = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    private const string RecipientText = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    private const string HybridText = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR";

    [Theory]
    [InlineData("a12uel5l", "a", "")]
    [InlineData("A12UEL5L", "A", "")]
    [InlineData("?1ezyfcl", "?", "")]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", "")]
    [InlineData("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "abcdef", "00443214c74254b635cf84653a56d7c675be77df")]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
        "split", "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d")]
    public void TryDecode_Bip173Vectors_AreReadAndWritten(string text, string humanReadablePart, string hex)
    {
        var data = new byte[hex.Length / 2];

        Assert.True(Bech32.TryDecode(data, text, humanReadablePart));

        Assert.Equal(hex, Convert.ToHexStringLower(data));
        Assert.Equal(text, Bech32.Encode(humanReadablePart, data));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(32)]
    [InlineData(1216)]
    public void Encode_AnyLength_DecodesToTheSame(int length)
    {
        var data = AgeTestData.Pattern(length);
        var text = Bech32.Encode("vaultserver", data);
        var decoded = new byte[length];

        Assert.True(Bech32.TryDecode(decoded, text, "vaultserver"));

        Assert.Equal(data, decoded);
        Assert.Equal(Bech32.EncodedLength("vaultserver".Length, length), text.Length);
    }

    [Fact]
    public void TryDecode_EverySingleCharacterChanged_IsRefusedAndZeroed()
    {
        var data = new byte[32];
        for (var i = 0; i < RecipientText.Length; i++)
        {
            foreach (var letter in "qp1bA ~\u00e9\u212a")
            {
                if (RecipientText[i] != letter)
                {
                    var changed = RecipientText[..i] + letter + RecipientText[(i + 1)..];
                    Assert.False(Bech32.TryDecode(data, changed, "age"), changed);
                    Assert.All(data, b => Assert.Equal(0, b));
                }
            }
        }
    }

    [Theory]
    [InlineData("age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex")]
    [InlineData("AGE-SECRET-KEY-1gFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAE")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEXX")]
    [InlineData(" AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")]
    [InlineData(RecipientText)]
    [InlineData("")]
    public void IdentityParse_NotTheExactText_IsAnInvalidEncoding(string text)
    {
        var error = Assert.Throws<CryptographyException>(() => AgeIdentity.Parse(text));

        Assert.Equal(CryptographyError.InvalidEncoding, error.Reason);
        Assert.True(text.Length < 10 || !error.Message.Contains(text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void TryDecode_NonZeroPaddingBits_IsRefused()
    {
        // All four have a right checksum and the same first eight bits; only the first has zero padding bits.
        var data = new byte[1];
        var accepted = WithRightChecksum("a", "lu", "la", "l7", "ll").Select(text => Bech32.TryDecode(data, text, "a"));

        Assert.Equal([true, false, false, false], accepted);
    }

    [Fact]
    public void Encode_InvalidHumanReadablePart_IsAnArgumentError()
    {
        Assert.Throws<ArgumentException>(() => Bech32.Encode("", [1]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("aB", [1]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("a b", [1]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode(new char[3], "a", [1]));
    }

    [Fact]
    public void Parse_SpecificationsKeys_BelongTogetherAndAreWrittenAgain()
    {
        using var identity = Assert.IsType<X25519Identity>(AgeIdentity.Parse(X25519Text));
        Assert.Equal(RecipientText, identity.Recipient().ToString());
        Assert.Equal(RecipientText, Assert.IsType<X25519Recipient>(AgeRecipient.Parse(RecipientText)).ToString());
        using var exported = identity.Export();
        Assert.Equal(X25519Text, AgeTestData.Text(exported));

        using var hybrid = Assert.IsType<HybridIdentity>(AgeIdentity.Parse(HybridText));
        using var exportedHybrid = hybrid.Export();
        Assert.Equal(HybridText, AgeTestData.Text(exportedHybrid));
        var recipient = hybrid.Recipient().ToString();
        Assert.StartsWith("age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y", recipient, StringComparison.Ordinal);
        Assert.EndsWith("qheyty7saeq0d3fzv49zc0k", recipient, StringComparison.Ordinal);
        Assert.Equal(recipient, Assert.IsType<HybridRecipient>(AgeRecipient.Parse(recipient)).ToString());
    }

    // Finds each text's checksum by decoding arithmetic of its own: BIP 173's reference, on 5-bit groups.
    private static IEnumerable<string> WithRightChecksum(string humanReadablePart, params string[] groups)
    {
        const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        foreach (var data in groups)
        {
            var values = humanReadablePart.Select(c => c >> 5).Append(0).Concat(humanReadablePart.Select(c => c & 31))
                .Concat(data.Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal))).Concat(new int[6]);
            var checksum = values.Aggregate(1, Step) ^ 1;
            yield return humanReadablePart + "1" + data
                + string.Concat(Enumerable.Range(0, 6).Select(i => Alphabet[(checksum >> (5 * (5 - i))) & 31]));
        }

        static int Step(int checksum, int value)
        {
            int[] generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
            var top = checksum >> 25;
            checksum = ((checksum & 0x1ffffff) << 5) ^ value;
            return generator.Where((_, i) => ((top >> i) & 1) == 1).Aggregate(checksum, (sum, g) => sum ^ g);
        }
    }
}
