using System.Text.Json;

namespace Vault.Protocol.Tests.Ids;

public sealed class VaultIdTests
{
    [Fact]
    public void New_Twice_DiffersAndRoundTrips()
    {
        var first = FileId.New();
        var second = FileId.New();

        Assert.NotEqual(first, second);
        Assert.Equal(VaultId.TextLength, first.ToString().Length);
        Assert.True(FileId.TryParse(first.ToString(), out var parsed));
        Assert.Equal(first, parsed);
        Assert.True(VaultId.TryRead<FileId>(VaultId.ToBytes(first), out var read));
        Assert.Equal(first, read);
    }

    [Fact]
    public void ToBytes_KnownId_IsInTheOrderOfItsDigits()
    {
        Assert.True(AccountId.TryParse("000102030405060708090a0b0c0d0e0f", out var account));

        Assert.Equal(Enumerable.Range(0, 16).Select(i => (byte)i), VaultId.ToBytes(account));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("000102030405060708090A0B0C0D0E0F")]
    [InlineData("00010203-0405-0607-0809-0a0b0c0d0e0f")]
    [InlineData("000102030405060708090a0b0c0d0e0")]
    [InlineData("000102030405060708090a0b0c0d0e0f0")]
    [InlineData("../../../../../../../../etc/pass")]
    public void TryParse_NotCanonical_IsRefused(string? text) => Assert.False(AccountId.TryParse(text, out _));

    [Theory]
    [InlineData("\"000102030405060708090A0B0C0D0E0F\"")]
    [InlineData("\"short\"")]
    [InlineData("12")]
    [InlineData("null")]
    public void Json_NotAnId_Throws(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<UploadId>(json));
}
