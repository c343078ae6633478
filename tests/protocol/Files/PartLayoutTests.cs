namespace Vault.Protocol.Tests.Files;

public sealed class PartLayoutTests
{
    private const int Part = PartLayout.DefaultPartSize;

    [Theory]
    [InlineData(PartLayout.NonceLength + 16, 1)]
    [InlineData(PartLayout.NonceLength + Part, 1)]
    [InlineData(PartLayout.NonceLength + Part + 17, 2)]
    [InlineData(PartLayout.NonceLength + (3L * Part), 3)]
    [InlineData(10_739_000_000L, 2560)]
    public void TryCreate_Length_PartsCoverItWithoutGaps(long payloadLength, int expectedCount)
    {
        Assert.True(PartLayout.TryCreate(payloadLength, Part, out var layout));

        Assert.Equal(expectedCount, layout.PartCount);
        var end = 0L;
        for (var index = 0; index < layout.PartCount; index++)
        {
            Assert.Equal(end, layout.Offset(index));
            Assert.InRange(layout.Length(index), 1, PartLayout.NonceLength + Part);
            end += layout.Length(index);
        }

        Assert.Equal(payloadLength, end);
    }

    [Fact]
    public void Offset_LaterParts_BeginOnChunkBorders()
    {
        Assert.True(PartLayout.TryCreate(PartLayout.NonceLength + (2L * Part), Part, out var layout));

        Assert.Equal(0, (layout.Offset(1) - PartLayout.NonceLength) % PartLayout.SealedChunkLength);
    }

    [Theory]
    [InlineData(0, Part)]
    [InlineData(-1, Part)]
    [InlineData(PartLayout.NonceLength + 15, Part)]
    [InlineData(1_000, 0)]
    [InlineData(1_000, -PartLayout.SealedChunkLength)]
    [InlineData(1_000, Part + 1)]
    [InlineData(1_000, PartLayout.MaxPartSize + PartLayout.SealedChunkLength)]
    [InlineData(long.MaxValue, Part)]
    public void TryCreate_OutOfRange_IsRefused(long payloadLength, int partSize) =>
        Assert.False(PartLayout.TryCreate(payloadLength, partSize, out _));

    [Fact]
    public void TryCreate_MostParts_IsAcceptedAndOneMoreIsNot()
    {
        var longest = PartLayout.NonceLength + ((long)PartLayout.MaxPartCount * Part);

        Assert.True(PartLayout.TryCreate(longest, Part, out var layout));
        Assert.Equal(PartLayout.MaxPartCount, layout.PartCount);
        Assert.False(PartLayout.TryCreate(longest + 1, Part, out _));
    }
}
