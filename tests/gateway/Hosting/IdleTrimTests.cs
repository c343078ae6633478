using Vault.Gateway.Hosting;

namespace Vault.Gateway.Tests.Hosting;

public class IdleTrimTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(100, 99, 80, true)] // quiet, and much was left behind
    [InlineData(100, 90, 80, false)] // busy
    [InlineData(100, 99, 90, false)] // quiet, and hardly anything was left
    [InlineData(100, 100, 0, true)]
    public void IsDue_QuietAfterWork_Only(long now, long before, long trimmed, bool expected) =>
        Assert.Equal(expected, IdleTrim.IsDue(now * MiB, before * MiB, trimmed * MiB));
}
