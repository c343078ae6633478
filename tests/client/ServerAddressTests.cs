using Vault.Protocol;
using Vault.Tests.Support;

namespace Vault.Client.Tests;

/// <summary>Addresses, and the file of known servers.</summary>
public sealed class ServerAddressTests
{
    private static readonly ServerKey Key = ServerKey.FromBytes(Enumerable.Repeat((byte)7, 32).ToArray());
    private static readonly ServerKey Other = ServerKey.FromBytes(Enumerable.Repeat((byte)8, 32).ToArray());

    [Theory]
    [InlineData("vault.example.org", "vault.example.org:7117")]
    [InlineData(" Vault.Example.ORG:80 ", "vault.example.org:80")]
    [InlineData("127.0.0.1:65535", "127.0.0.1:65535")]
    [InlineData("[::1]", "[::1]:7117")]
    [InlineData("[::1]:9", "[::1]:9")]
    public void Parse_Address_IsReadInOneForm(string text, string expected)
    {
        Assert.True(ServerAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
        Assert.Null(address.Key);
    }

    [Fact]
    public void Parse_Pin_IsReadWhole()
    {
        Assert.True(ServerAddress.TryParse($"localhost#{Key}", out var address));
        Assert.Equal(Key, address.Key);
        Assert.False(ServerAddress.TryParse($"localhost#{Key}"[..^1] + "q", out _)); // the checksum
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:1a")]
    [InlineData("host:1:2")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[host]:1")]
    [InlineData("a b")]
    [InlineData("https://host")]
    [InlineData("host#")]
    [InlineData("host#vaultserver1")]
    public void Parse_NoAddress_IsRefused(string? text) => Assert.False(ServerAddress.TryParse(text, out _));

    [Fact]
    public void Known_ManyWritersAtOnce_LoseNothing()
    {
        using var folder = new TemporaryFolder();
        var servers = Enumerable.Range(1, 40).Select(port => new ServerAddress("host", port, null)).ToList();

        Parallel.ForEach(servers, server => new KnownServers(folder.File("state")).Remember(server, Key));

        Assert.All(servers, server => Assert.Equal(Key, new KnownServers(folder.File("state")).Find(server)));
        Assert.Equal(2, Directory.GetFiles(folder.File("state")).Length); // the list and its lock
    }

    [Fact]
    public void Known_DamagedLine_IsReportedAndNotForgotten()
    {
        using var folder = new TemporaryFolder();
        var known = new KnownServers(folder.File("state"));
        known.Remember(new ServerAddress("one", 1, null), Key);
        var path = Path.Combine(folder.File("state"), "known_servers");
        File.AppendAllText(path, $"two:2 {Other}x\n");

        var error = Assert.Throws<VaultException>(() => known.Find(new ServerAddress("three", 3, null)));

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
        Assert.Contains("two:2", error.Message, StringComparison.Ordinal);
        Assert.Throws<VaultException>(() => known.Remember(new ServerAddress("three", 3, null), Key));
        Assert.Equal(2, File.ReadAllLines(path).Length);
    }
}
