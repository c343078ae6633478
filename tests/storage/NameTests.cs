using System.Security.Cryptography;

namespace Vault.Storage.Tests;

public sealed class NameTests
{
    [Theory]
    [InlineData("users/5f0c")]
    [InlineData("a/b")]
    [InlineData("with-dash/0-0")]
    public void StreamName_Valid_RoundTrips(string text)
    {
        Assert.True(StreamName.TryParse(text, out var name));
        Assert.Equal(text, name.ToString());
        Assert.Equal(name, StreamName.Create(name.Category, name.Id));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("users")]
    [InlineData("users/")]
    [InlineData("/users")]
    [InlineData("users/a/b")]
    [InlineData("users/..")]
    [InlineData("../users")]
    [InlineData("users/A")]
    [InlineData("users/a b")]
    [InlineData("users/a\\b")]
    [InlineData("users/a\0")]
    [InlineData("users/a.b")]
    [InlineData("users/ä")]
    public void StreamName_Invalid_IsRefused(string? text)
    {
        Assert.False(StreamName.TryParse(text, out var name));
        Assert.Equal(default, name);
        Assert.Equal("", name.ToString());
    }

    [Fact]
    public void StreamName_SegmentTooLong_IsRefused()
    {
        StreamName.Create("users", new string('a', 128));
        Assert.Throws<ArgumentException>(() => StreamName.Create("users", new string('a', 129)));
        Assert.Throws<ArgumentException>(() => StreamName.Create("a/b", "c"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("files/5f0c/1")]
    [InlineData("files/a_b.c-d/x.y")]
    [InlineData("1/2/3/4/5/6/7/8")]
    public void BlobName_Valid_RoundTrips(string text)
    {
        Assert.True(BlobName.TryParse(text, out var name));
        Assert.Equal(text, name.ToString());
        Assert.Equal(name, BlobName.Create([.. name.Segments]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("a/.")]
    [InlineData("a/.hidden")]
    [InlineData("a/b.")]
    [InlineData("a/B")]
    [InlineData("a\\b")]
    [InlineData("a/b+")]
    [InlineData("a/b\0")]
    [InlineData("c:/a")]
    [InlineData("1/2/3/4/5/6/7/8/9")]
    public void BlobName_Invalid_IsRefused(string? text)
    {
        Assert.False(BlobName.TryParse(text, out var name));
        Assert.Equal("", name.ToString());
        Assert.Empty(name.Segments);
    }

    [Fact]
    public void BlobName_SegmentsWithSlashesOrTooLong_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => BlobName.Create("a", "b/c"));
        Assert.Throws<ArgumentException>(() => BlobName.Create());
        Assert.Throws<ArgumentException>(() => BlobName.Create("a").Append("b/c"));
        Assert.Throws<ArgumentException>(() => default(BlobName).Append("b"));
        Assert.Throws<ArgumentException>(() => BlobName.Create(new string('a', 129)));
        Assert.Equal("a/b", BlobName.Create("a").Append("b").ToString());
    }

    [Fact]
    public void LineHash_RoundTripsAndCompares()
    {
        var bytes = SHA256.HashData("line"u8);
        var hash = new LineHash(bytes);
        Assert.Equal(Convert.ToHexStringLower(bytes), hash.ToString());
        Assert.True(LineHash.TryParse(hash.ToString(), out var parsed));
        Assert.True(parsed == hash);
        Assert.Equal(bytes, parsed.ToArray());
        Assert.Equal(hash.GetHashCode(), parsed.GetHashCode());
        Assert.True(hash != default);
        Assert.Equal(new string('0', 64), default(LineHash).ToString());
        for (var at = 0; at < 32; at++)
        {
            byte[] other = [.. bytes];
            other[at] ^= 1;
            Assert.NotEqual(hash, new LineHash(other));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("gg00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("AA00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000000")]
    public void LineHash_Invalid_IsRefused(string text) => Assert.False(LineHash.TryParse(text, out _));

    [Fact]
    public void LineHash_WrongLength_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new LineHash(new byte[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => default(LineHash).CopyTo(new byte[31]));
    }
}
