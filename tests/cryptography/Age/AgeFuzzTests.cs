using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Vault.Cryptography.Age;

namespace Vault.Cryptography.Tests.Age;

/// <summary>
/// Whatever the bytes, parsers answer or throw <see cref="CryptographyException"/>; and no changed header is ever
/// accepted.
/// </summary>
public sealed class AgeFuzzTests
{
    private const int Runs = 3000;

    [Fact]
    public void Unwrap_RandomlyMutatedHeaders_AreRefusedWithAReason()
    {
        using var x25519 = X25519Identity.Generate();
        using var hybrid = HybridIdentity.Generate();
        using var recipient = new ScryptRecipient("fuzz"u8, logN: 2);
        using var scrypt = new ScryptIdentity("fuzz"u8, maxLogN: 4);
        using var fileKey = AgeTestData.FileKey();
        byte[][] headers =
        [
            AgeHeader.Create(fileKey, x25519.Recipient(), x25519.Recipient()),
            AgeHeader.Create(fileKey, hybrid.Recipient()),
            AgeHeader.Create(fileKey, recipient),
        ];
        AgeIdentity[] identities = [x25519, hybrid, scrypt];

        Check(Mutations(headers), (original, mutated) =>
        {
            using var unwrapped = AgeHeader.Unwrap(mutated, identities);
            return mutated.AsSpan().SequenceEqual(original);
        });
    }

    [Fact]
    public void Open_RandomlyMutatedFiles_AreRefusedWithAReason()
    {
        using var identity = X25519Identity.Generate();
        var plaintext = AgeTestData.Pattern(50);
        byte[][] files =
        [
            AgeTestData.Encrypt(plaintext, identity.Recipient()),
            AgeTestData.Encrypt([], identity.Recipient()),
        ];

        Check(Mutations(files), (original, mutated) =>
        {
            AgeTestData.Decrypt(mutated, identity);
            return mutated.AsSpan().SequenceEqual(original);
        });
    }

    [Fact]
    public void ArmorReader_RandomlyMutatedText_GivesTheSameBytesOrIsRefused()
    {
        var binary = AgeTestData.Pattern(200);
        var text = "-----BEGIN AGE ENCRYPTED FILE-----\n"
            + string.Concat(Convert.ToBase64String(binary).Chunk(64).Select(line => new string(line) + "\n"))
            + "-----END AGE ENCRYPTED FILE-----\n";

        // The letters are not authenticated, so changed bytes may come out; whatever is accepted must be the canonical
        // text of its bytes.
        Check(Mutations([Encoding.ASCII.GetBytes(text)]), (_, mutated) =>
        {
            using var decoded = new MemoryStream();
            using var reader = new ArmorReader(new MemoryStream(mutated));
            reader.CopyTo(decoded);
            var lines = Encoding.ASCII.GetString(mutated).Replace("\r\n", "\n", StringComparison.Ordinal)
                .Trim().Split('\n');
            return string.Concat(lines[1..^1]) == Convert.ToBase64String(decoded.ToArray());
        });
    }

    [Fact]
    public void Parsers_ArbitraryBytes_NeverThrowAnythingElse()
    {
        Check(ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (bytes, bytes)), (original, bytes) =>
        {
            AgeHeader.TryMeasure(bytes, out _);
            return true;
        });
        Check(ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (bytes, bytes)), (original, bytes) =>
        {
            AgeHeader.Parse([.. "age-encryption.org/v1\n-> "u8, .. bytes]);
            return true;
        });
        Check(ArbMap.Default.GeneratorFor<string>().Select(text => (text ?? "", text ?? "")), (_, text) =>
        {
            AgeIdentity.Parse(text);
            return true;
        });
    }

    private static void Check<T>(Gen<(T Original, T Mutated)> inputs, Func<T, T, bool> holds) =>
        FsCheck.Fluent.Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            try
            {
                return holds(input.Original, input.Mutated);
            }
            catch (CryptographyException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));

    // One to four changes: a byte set, flipped, removed or added, a run copied elsewhere, a cut.
    private static Gen<(byte[] Original, byte[] Mutated)> Mutations(byte[][] originals) =>
        from original in Gen.Elements(originals)
        from changes in Gen.Choose(1, 4)
        from seeds in Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), changes)
        select (original, seeds.Aggregate(original, Mutate));

    private static byte[] Mutate(byte[] bytes, int seed)
    {
        var random = new Random(seed);
        var list = bytes.ToList();
        var at = random.Next(list.Count + 1);
        var isInside = at < list.Count;
        switch (random.Next(6))
        {
            case 0 when isInside:
                list[at] = (byte)"\n\r -=>AaQ/+09\0~"[random.Next(15)];
                break;
            case 1 when isInside:
                list[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when isInside:
                list.RemoveAt(at);
                break;
            case 3:
                list.Insert(at, (byte)random.Next(256));
                break;
            case 4 when isInside:
                var run = list.GetRange(at, Math.Min(random.Next(200), list.Count - at));
                list.InsertRange(random.Next(list.Count), run);
                break;
            default:
                list.RemoveRange(at, Math.Min(random.Next(100), list.Count - at));
                break;
        }

        return [.. list];
    }
}
