using System.Text;
using Vault.Cryptography.Age;

namespace Vault.Cryptography.Tests.Age;

/// <summary>What the testkit's 33 armoured vectors leave open: cuts at every place, failures that must stay, bounded lines.</summary>
public sealed class ArmorReaderTests
{
    private const string Begin = "-----BEGIN AGE ENCRYPTED FILE-----\n";
    private const string End = "-----END AGE ENCRYPTED FILE-----\n";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(96)]
    [InlineData(10_000)]
    public void Read_AnyLengthAndPieceSize_GivesTheBytes(int length)
    {
        var binary = AgeTestData.Pattern(length);
        var text = Encoding.ASCII.GetBytes(Armor(binary));

        Assert.Equal(binary, Read(new MemoryStream(text)));
        Assert.Equal(binary, Read(new TrickleStream(text)));
    }

    [Fact]
    public void Read_CutAnywhere_IsRefusedNotEnded()
    {
        var text = Encoding.ASCII.GetBytes(Armor(AgeTestData.Pattern(100)));
        for (var cut = 0; cut < text.Length - 1; cut++)
        {
            AgeTestData.Refused(AgeError.Armor, () => Read(new MemoryStream(text, 0, cut)));
        }

        Assert.Equal(100, Read(new MemoryStream(text, 0, text.Length - 1)).Length);
    }

    [Fact]
    public void Read_AfterAFailure_FailsAgain()
    {
        var text = Encoding.ASCII.GetBytes(Begin + "AAAA\n!!!!\n" + End);
        using var reader = new ArmorReader(new MemoryStream(text));
        Assert.Equal(3, reader.Read(new byte[10]));

        AgeTestData.Refused(AgeError.Armor, () => reader.ReadByte());
        AgeTestData.Refused(AgeError.Armor, () => reader.ReadByte());
    }

    [Fact]
    public void Read_LineWithoutEnd_IsRefusedWithoutCollectingIt()
    {
        using var source = new MemoryStream(Encoding.ASCII.GetBytes(new string(' ', 100_000)));

        AgeTestData.Refused(AgeError.Armor, () => Read(source));

        Assert.InRange(source.Position, 1, 8192);
    }

    private static string Armor(byte[] binary) =>
        Begin + string.Concat(Convert.ToBase64String(binary).Chunk(64).Select(line => new string(line) + "\n")) + End;

    private static byte[] Read(Stream text)
    {
        using var reader = new ArmorReader(text, leaveOpen: true);
        using var binary = new MemoryStream();
        reader.CopyTo(binary);
        return binary.ToArray();
    }
}
