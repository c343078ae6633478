using System.Net;
using Vault.Gateway.Channel;

namespace Vault.Gateway.Tests.Channel;

public sealed class ConnectionSlotsTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", "203.0.113.8")]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", "::ffff:203.0.113.8")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")] // a customer has a whole /64
    public void TryEnter_AddressOfAFullNetwork_IsRefusedUntilOneLeaves(string first, string same, string other)
    {
        var slots = new ConnectionSlots(100, 1);
        Assert.True(slots.TryEnter(IPAddress.Parse(first)));

        Assert.False(slots.TryEnter(IPAddress.Parse(same)));
        Assert.True(slots.TryEnter(IPAddress.Parse(other)));
        slots.Leave(IPAddress.Parse(first));
        Assert.True(slots.TryEnter(IPAddress.Parse(same)));

        slots.Leave(IPAddress.Parse(same));
        slots.Leave(IPAddress.Parse(other));
        Assert.Equal(0, slots.Count);
    }

    [Fact]
    public void TryEnter_MoreThanAll_IsRefused()
    {
        var slots = new ConnectionSlots(2, 2);
        Assert.True(slots.TryEnter(IPAddress.Parse("203.0.113.1")));
        Assert.True(slots.TryEnter(IPAddress.Parse("203.0.113.2")));

        Assert.False(slots.TryEnter(IPAddress.Parse("203.0.113.3")));
        Assert.Equal(2, slots.Count);
    }
}
