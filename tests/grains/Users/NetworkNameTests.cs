using Vault.Grains.Users;

namespace Vault.Grains.Tests.Users;

public sealed class NetworkNameTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%2", "fe80::/64")]
    [InlineData("", "")]
    [InlineData("unix:/run/vault.sock", "")]
    public void Of_Address_IsTheNetworkThatIsCounted(string address, string expected) =>
        Assert.Equal(expected, NetworkName.Of(address));
}
