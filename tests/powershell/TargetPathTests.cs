namespace Vault.PowerShell.Tests;

public sealed class TargetPathTests
{
    [Theory]
    [InlineData("a.txt")]
    [InlineData("papers/2026/a b [1].txt")]
    [InlineData("папка/🗄️.bin")]
    [InlineData(".hidden")]
    [InlineData("...")]
    public void TryBelow_PlainName_StaysBelowTheFolder(string name)
    {
        Assert.True(TargetPath.TryBelow("/base", name, windows: false, out var path));
        Assert.Equal(Path.Combine("/base", name), path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    public void TryBelow_NameThatLeadsElsewhere_IsRefused(string name)
    {
        Assert.False(TargetPath.TryBelow("/base", name, windows: false, out _));
        Assert.False(TargetPath.TryBelow("/base", name, windows: true, out _));
    }

    [Theory]
    [InlineData(@"a\..\..\b")]
    [InlineData(@"c:\windows\a")]
    [InlineData("a.txt:stream")]
    [InlineData("nul")]
    [InlineData("x/COM1.txt")]
    [InlineData("a.")]
    [InlineData("a ")]
    [InlineData("a\u0001")]
    public void TryBelow_NameThatWindowsTakesForSomethingElse_IsRefusedThereOnly(string name)
    {
        Assert.False(TargetPath.TryBelow("/base", name, windows: true, out _));
        Assert.True(TargetPath.TryBelow("/base", name, windows: false, out _));
    }
}
