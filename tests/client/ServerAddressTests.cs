using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Tests;

public sealed class ServerAddressTests
{
    private static readonly ServerKey Key = ServerKey.FromBytes(RandomNumberGenerator.GetBytes(32));

    [Theory]
    [InlineData("vault.example.org", "vault.example.org", ServerAddress.DefaultPort)]
    [InlineData("Vault.Example.ORG:443", "vault.example.org", 443)]
    [InlineData("  localhost:1  ", "localhost", 1)]
    [InlineData("127.0.0.1:65535", "127.0.0.1", 65_535)]
    [InlineData("[::1]", "::1", ServerAddress.DefaultPort)]
    [InlineData("[2001:db8::7]:7118", "2001:db8::7", 7118)]
    public void TryParse_Address_HasItsHostAndPort(string text, string host, int port)
    {
        Assert.True(ServerAddress.TryParse(text, out var address));
        Assert.Equal((host, port, null), (address.Host, address.Port, address.Key));

        Assert.True(ServerAddress.TryParse($"{text.Trim()}#{Key}", out var pinned));
        Assert.Equal((host, port, Key), (pinned.Host, pinned.Port, pinned.Key));
    }

    [Fact]
    public void TryParse_SeveralPlaces_AreOneServer()
    {
        Assert.True(ServerAddress.TryParse($"one.example.org, [::1]:7118 ,10.0.0.3:7119#{Key}", out var address));

        Assert.Equal([("one.example.org", 7117), ("::1", 7118), ("10.0.0.3", 7119)], address.Places);
        Assert.Equal(Key, address.Key);
        Assert.Equal("one.example.org:7117,[::1]:7118,10.0.0.3:7119", address.ToString());
        Assert.True(ServerAddress.TryParse($"one#{Key},two#{Key}", out var pinnedTwice));
        Assert.Equal(Key, pinnedTwice.Key);
    }

    [Fact]
    public void TryParse_PlacesWithDifferentPins_AreRefused()
    {
        var other = ServerKey.FromBytes(RandomNumberGenerator.GetBytes(32));

        Assert.False(ServerAddress.TryParse($"one#{Key},two#{other}", out _));
        Assert.False(ServerAddress.TryParse(string.Join(',', Enumerable.Repeat("host", ServerAddress.MaxPlaces + 1)), out _));
    }

    [Theory]
    [InlineData("one,")]
    [InlineData(",one")]
    [InlineData("one,,two")]
    [InlineData("one,two words")]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(":7117")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:+80")]
    [InlineData("host: 80")]
    [InlineData("host:0x50")]
    [InlineData("host:99999999999")]
    [InlineData("host:80:81")]
    [InlineData("::1")]
    [InlineData("::1:7117")]
    [InlineData("[::1")]
    [InlineData("[]:7117")]
    [InlineData("[::1]7117")]
    [InlineData("[::1]:")]
    [InlineData("[127.0.0.1]:7117")]
    [InlineData("[example.org]:7117")]
    [InlineData("http://host")]
    [InlineData("user@host")]
    [InlineData("host/path")]
    [InlineData("two words")]
    [InlineData("host#")]
    [InlineData("host#vaultserver1")]
    [InlineData("#")]
    public void TryParse_NoAddress_IsRefused(string? text)
    {
        Assert.False(ServerAddress.TryParse(text, out var address));
        Assert.Null(address);
    }

    [Fact]
    public void TryParse_PinWithAnyCharacterChanged_IsRefused()
    {
        var pin = Key.ToString();
        for (var at = 0; at < pin.Length; at++)
        {
            var wrong = pin.Remove(at, 1).Insert(at, pin[at] == 'q' ? "p" : "q");
            Assert.False(ServerAddress.TryParse($"host#{wrong}", out _), wrong);
        }

        Assert.False(ServerAddress.TryParse($"host#{pin.ToUpperInvariant()}", out _));
        Assert.False(ServerAddress.TryParse($"host#{pin}q", out _));
        Assert.False(ServerAddress.TryParse($"host#{pin}#{pin}", out _));
        Assert.False(ServerAddress.TryParse($"{pin}#host", out _));
    }

    [Theory]
    [InlineData("host:80", "host:80")]
    [InlineData("host", "host:7117")]
    [InlineData("[2001:db8::7]:80", "[2001:db8::7]:80")]
    public void ToString_Address_IsReadAgainAsTheSame(string text, string expected)
    {
        Assert.True(ServerAddress.TryParse($"{text}#{Key}", out var address));
        Assert.Equal(expected, address.ToString());
        Assert.True(ServerAddress.TryParse(address.ToString(), out var again));
        Assert.Equal(address with { Key = null }, again);
    }
}
