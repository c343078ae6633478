using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

/// <remarks>
/// Attacks held here: another's identity, wrong passphrase, changed or cut header, a stanza added or removed, a
/// passphrase beside another recipient, an absurd work factor, an endless header. Not held by the format: a header does
/// not commit to its file key.
/// </remarks>
public sealed class AgeHeaderTests
{
    private const int LowLogN = 2;

    [Theory]
    [InlineData("x25519")]
    [InlineData("hybrid")]
    [InlineData("scrypt")]
    public void Unwrap_HeaderOfEachKind_GivesTheFileKey(string kind)
    {
        var (recipient, identity) = Pair(kind);
        using var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);

        var header = AgeHeader.Create(fileKey, recipient);
        using var unwrapped = AgeHeader.Unwrap(header, identity);

        Assert.Equal(fileKey.Span.ToArray(), unwrapped.Span.ToArray());
    }

    [Fact]
    public void Create_HybridRecipient_Takes1627Bytes()
    {
        using var identity = HybridIdentity.Generate();
        using var fileKey = AgeTestData.FileKey();

        Assert.Equal(1627, AgeHeader.Create(fileKey, identity.Recipient()).Length);
    }

    [Theory]
    [InlineData("x25519")]
    [InlineData("hybrid")]
    [InlineData("scrypt")]
    public void Create_Twice_GivesUnrelatedStanzas(string kind)
    {
        var (recipient, _) = Pair(kind);
        using var fileKey = AgeTestData.FileKey();

        var first = AgeHeader.Parse(AgeHeader.Create(fileKey, recipient)).Stanzas.Single();
        var second = AgeHeader.Parse(AgeHeader.Create(fileKey, recipient)).Stanzas.Single();

        Assert.NotEqual(first.Arguments[0], second.Arguments[0]);
        Assert.NotEqual(first.Body, second.Body);
    }

    [Theory]
    [InlineData("x25519", "x25519")]
    [InlineData("hybrid", "hybrid")]
    [InlineData("scrypt", "scrypt")]
    [InlineData("scrypt", "hybrid")]
    [InlineData("hybrid", "scrypt")]
    [InlineData("x25519", "hybrid")]
    public void Unwrap_AnothersIdentity_IsNoMatch(string written, string read)
    {
        using var fileKey = AgeTestData.FileKey();
        var header = AgeHeader.Create(fileKey, Pair(written).Recipient);
        using AgeIdentity other = read == "scrypt" ? new ScryptIdentity("another"u8) : Pair(read).Identity;

        AgeTestData.Refused(AgeError.NoMatch, () => AgeHeader.Unwrap(header, other));
    }

    [Fact]
    public void Unwrap_NoIdentities_IsNoMatch()
    {
        using var fileKey = AgeTestData.FileKey();
        var header = AgeHeader.Create(fileKey, Pair("x25519").Recipient);

        AgeTestData.Refused(AgeError.NoMatch, () => AgeHeader.Unwrap(header));
    }

    [Fact]
    public void Unwrap_SeveralRecipientsAndIdentities_EachRecipientOpens()
    {
        var pairs = Enumerable.Range(0, 3).Select(_ => Pair("hybrid")).ToList();
        using var stranger = HybridIdentity.Generate();
        using var fileKey = AgeTestData.FileKey();

        var header = AgeHeader.Create(fileKey, [.. pairs.Select(pair => pair.Recipient)]);

        foreach (var (_, identity) in pairs)
        {
            using var unwrapped = AgeHeader.Unwrap(header, stranger, identity);
            Assert.Equal(fileKey.Span.ToArray(), unwrapped.Span.ToArray());
        }
    }

    [Fact]
    public void Create_KindsThatMustNotMix_AreRefused()
    {
        using var fileKey = AgeTestData.FileKey();
        var x25519 = Pair("x25519").Recipient;
        var hybrid = Pair("hybrid").Recipient;
        var scrypt = Pair("scrypt").Recipient;

        Assert.Throws<ArgumentException>(() => AgeHeader.Create(fileKey));
        Assert.Throws<ArgumentException>(() => AgeHeader.Create(fileKey, scrypt, x25519));
        Assert.Throws<ArgumentException>(() => AgeHeader.Create(fileKey, scrypt, hybrid));
        Assert.Throws<ArgumentException>(() => AgeHeader.Create(fileKey, scrypt, scrypt));
        Assert.Throws<ArgumentException>(() => AgeHeader.Create(fileKey, x25519, hybrid));
        using var longKey = new SecretBytes(32);
        Assert.Throws<ArgumentException>(() => AgeHeader.Create(longKey, hybrid));
    }

    [Fact]
    public void Unwrap_PassphraseBesideAnotherStanza_IsAMalformedHeaderForEveryIdentity()
    {
        using var fileKey = AgeTestData.FileKey();
        var (x25519, identity) = Pair("x25519");
        var (scrypt, passphrase) = Pair("scrypt");
        var first = Lines(AgeHeader.Create(fileKey, x25519));
        var second = Lines(AgeHeader.Create(fileKey, scrypt));
        var mixed = Join([.. first[..3], .. second[1..]]);

        AgeTestData.Refused(AgeError.Header, () => AgeHeader.Unwrap(mixed, identity));
        AgeTestData.Refused(AgeError.Header, () => AgeHeader.Unwrap(mixed, passphrase));
    }

    [Fact]
    public void Unwrap_StanzaAddedOrRemoved_FailsTheMac()
    {
        using var fileKey = AgeTestData.FileKey();
        var (recipient, identity) = Pair("x25519");
        var two = Lines(AgeHeader.Create(fileKey, recipient, Pair("x25519").Recipient));
        var one = Lines(AgeHeader.Create(fileKey, recipient));

        byte[][] changed =
        [
            Join([.. two[..3], .. two[5..]]),
            Join([.. one[..3], "-> grease", "", .. one[3..]]),
            Join([.. two[..1], .. two[3..5], .. two[1..3], .. two[5..]]),
        ];

        Assert.All(changed, header =>
        {
            AgeTestData.Refused(AgeError.HeaderMac, () => AgeHeader.Unwrap(header, identity));
        });
    }

    [Theory]
    [InlineData("x25519")]
    [InlineData("hybrid")]
    [InlineData("scrypt")]
    public void Unwrap_AnyByteChangedOrCutOff_IsRefused(string kind)
    {
        using var fileKey = AgeTestData.FileKey();
        var (recipient, identity) = Pair(kind);
        var header = AgeHeader.Create(fileKey, recipient);
        for (var i = 0; i < header.Length; i++)
        {
            var changed = header.ToArray();
            changed[i] ^= 0x02;
            Assert.Throws<AgeException>(() => AgeHeader.Unwrap(changed, identity));
            AgeTestData.Refused(AgeError.Header, () => AgeHeader.Unwrap(header.AsSpan(0, i), identity));
        }

        AgeTestData.Refused(AgeError.Header, () => AgeHeader.Unwrap([.. header, 0], identity));
    }

    [Fact]
    public void Unwrap_WorkFactorAboveTheCeiling_IsOutOfRangeBeforeAnyWork()
    {
        using var fileKey = AgeTestData.FileKey();
        using var recipient = new ScryptRecipient("correct horse"u8, logN: 5);
        var header = AgeHeader.Create(fileKey, recipient);
        using var low = new ScryptIdentity("correct horse"u8, maxLogN: 4);
        using var enough = new ScryptIdentity("correct horse"u8, maxLogN: 5);

        AgeTestData.Refused(AgeError.WorkFactor, () => AgeHeader.Unwrap(header, low));
        using var unwrapped = AgeHeader.Unwrap(header, enough);
        Assert.Equal(fileKey.Span.ToArray(), unwrapped.Span.ToArray());
        Assert.Equal(5, AgeHeader.WorkFactorOf(header));
        var lines = Lines(header);
        Assert.Null(AgeHeader.WorkFactorOf(Join([lines[0], lines[1] + "0x", .. lines[2..]])));
        using var standard = new ScryptIdentity("correct horse"u8);
        Assert.All(["21", "30", "63", "99999999999999999999999"], logN =>
        {
            var raised = Join([lines[0], lines[1][..^1] + logN, .. lines[2..]]);
            AgeTestData.Refused(AgeError.WorkFactor, () => AgeHeader.Unwrap(raised, standard));
        });
    }

    [Fact]
    public void ScryptConstructors_EmptyPassphraseOrWorkFactorOutOfRange_AreArgumentErrors()
    {
        Assert.Throws<ArgumentException>(() => new ScryptRecipient([]));
        Assert.Throws<ArgumentException>(() => new ScryptIdentity([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScryptRecipient("p"u8, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScryptRecipient("p"u8, 31));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScryptIdentity("p"u8, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScryptIdentity("p"u8, 31));
    }

    [Fact]
    public void Create_RecipientKeyThatIsNotValid_IsAnInvalidEncoding()
    {
        using var fileKey = AgeTestData.FileKey();
        var smallOrder = new X25519Recipient(new byte[32]);
        var outOfField = new HybridRecipient(Enumerable.Repeat((byte)0xff, HybridRecipient.KeyLength).ToArray());

        foreach (AgeRecipient recipient in new AgeRecipient[] { smallOrder, outOfField })
        {
            var error = Assert.Throws<CryptographyException>(() => AgeHeader.Create(fileKey, recipient));
            Assert.Equal(CryptographyError.InvalidEncoding, error.Reason);
        }
    }

    [Fact]
    public void Unwrap_DisposedIdentity_Throws()
    {
        using var fileKey = AgeTestData.FileKey();
        var (recipient, identity) = Pair("hybrid");
        var header = AgeHeader.Create(fileKey, recipient);

        identity.Dispose();
        identity.Dispose();

        Assert.Throws<ObjectDisposedException>(() => AgeHeader.Unwrap(header, identity));
    }

    [Fact]
    public void TryMeasure_FileInGrowingPieces_AnswersOnlyWhenTheHeaderIsWhole()
    {
        using var fileKey = AgeTestData.FileKey();
        var header = AgeHeader.Create(fileKey, Pair("x25519").Recipient);
        byte[] file = [.. header, .. "--- not a mark any more\n"u8];

        for (var i = 0; i <= file.Length; i++)
        {
            Assert.Equal(i >= header.Length, AgeHeader.TryMeasure(file.AsSpan(0, i), out var length));
            Assert.Equal(i >= header.Length ? header.Length : 0, length);
        }
    }

    [Fact]
    public void Open_EndlessHeader_IsRefusedAtTheLimit()
    {
        var text = new StringBuilder("age-encryption.org/v1\n");
        while (text.Length <= AgeHeader.MaxLength)
        {
            text.Append("-> grease\n\n");
        }

        var file = Encoding.ASCII.GetBytes(text.ToString());
        using var identity = X25519Identity.Generate();

        AgeTestData.Refused(AgeError.Header, () => AgeHeader.TryMeasure(file, out _));
        using var source = new MemoryStream(file);
        AgeTestData.Refused(AgeError.Header, () => AgeFile.Open(source, [identity]));
        Assert.True(source.Position <= AgeHeader.MaxLength);
        AgeTestData.Refused(AgeError.Header, () => AgeHeader.TryMeasure("PK\u0003\u0004"u8, out _));
    }

    [Fact]
    public void ReHead_OwnerToRecipient_SamePayloadOpensWithTheNewIdentityOnly()
    {
        using var owner = HybridIdentity.Generate();
        using var recipient = HybridIdentity.Generate();
        var plaintext = AgeTestData.Pattern(100_000);
        var file = AgeTestData.Encrypt(plaintext, owner.Recipient());
        Assert.True(AgeHeader.TryMeasure(file, out var length));

        var header = AgeHeader.ReHead(file.AsSpan(0, length), [owner], [recipient.Recipient()]);

        byte[] shared = [.. header, .. file[length..]];
        Assert.Equal(plaintext, AgeTestData.Decrypt(shared, recipient));
        AgeTestData.Refused(AgeError.NoMatch, () => AgeTestData.Decrypt(shared, owner));
        AgeTestData.Refused(AgeError.NoMatch, () => AgeHeader.ReHead(header, [owner], [owner.Recipient()]));
    }

    [Fact]
    public async Task ReHeadAsync_PassphraseFile_IsCopiedForTheRecipient()
    {
        var (scrypt, passphrase) = Pair("scrypt");
        using var recipient = HybridIdentity.Generate();
        var plaintext = AgeTestData.Pattern(200_000);
        using var destination = new MemoryStream();

        await AgeFile.ReHeadAsync(
            new TrickleStream(AgeTestData.Encrypt(plaintext, scrypt)),
            destination,
            [passphrase],
            [recipient.Recipient()]);

        Assert.Equal(plaintext, AgeTestData.Decrypt(destination.ToArray(), recipient));
    }

    private static (AgeRecipient Recipient, AgeIdentity Identity) Pair(string kind)
    {
        switch (kind)
        {
            case "x25519":
                var x25519 = X25519Identity.Generate();
                return (x25519.Recipient(), x25519);
            case "hybrid":
                var hybrid = HybridIdentity.Generate();
                return (hybrid.Recipient(), hybrid);
            default:
                return (new ScryptRecipient("correct horse"u8, LowLogN), new ScryptIdentity("correct horse"u8));
        }
    }

    private static string[] Lines(byte[] header) => Encoding.ASCII.GetString(header).TrimEnd('\n').Split('\n');

    private static byte[] Join(string[] lines) => Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\n");
}
