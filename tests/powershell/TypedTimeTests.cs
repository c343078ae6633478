namespace Vault.PowerShell.Tests;

public sealed class TypedTimeTests
{
    [Fact]
    public void Of_Local_IsThatTimeHere()
    {
        var typed = new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Unspecified);
        Assert.Equal(new DateTimeOffset(typed, TimeZoneInfo.Local.GetUtcOffset(typed)), TypedTime.Of(typed));
        Assert.Equal(TimeSpan.Zero, TypedTime.Of(DateTime.SpecifyKind(typed, DateTimeKind.Utc)).Offset);
    }

    [Fact]
    public void Of_FirstAndLast_AreSuchInEveryZone()
    {
        Assert.Equal(1, TypedTime.Of(DateTime.MinValue).UtcDateTime.Year);
        Assert.Equal(9999, TypedTime.Of(DateTime.MaxValue).UtcDateTime.Year);
    }
}
