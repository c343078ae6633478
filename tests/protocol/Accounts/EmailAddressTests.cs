namespace Vault.Protocol.Tests.Accounts;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ada@example.org", "ada@example.org")]
    [InlineData("  Ada.Lovelace@Example.ORG \n", "ada.lovelace@example.org")]
    [InlineData("ada+vault@bücher.example", "ada+vault@xn--bcher-kva.example")]
    [InlineData("ada@BÜCHER.example", "ada@xn--bcher-kva.example")]
    [InlineData("grüße@example.org", "grüße@example.org")]
    [InlineData("a@b@example.org", null)]
    public void TryParse_Address_IsNormalised(string text, string? expected)
    {
        Assert.Equal(expected is not null, EmailAddress.TryParse(text, out var address));
        Assert.Equal(expected ?? "", address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("@example.org")]
    [InlineData("ada@")]
    [InlineData("ada lovelace@example.org")]
    [InlineData("ada@exa mple.org")]
    [InlineData("ada@example..org")]
    [InlineData("ada@example.org.")]
    [InlineData("ada@-example.org")]
    [InlineData("\"ada\"@example.org")]
    [InlineData("ﬁle@example.org")] // NFKC would make "file" of it: another person's address
    [InlineData("ada²@example.org")]
    public void TryParse_NoAddress_IsRefused(string? text) => Assert.False(EmailAddress.TryParse(text, out _));

    [Fact]
    public void TryParse_NotText_IsRefused()
    {
        Assert.False(EmailAddress.TryParse("\ud800@example.org", out _)); // half a surrogate pair
        Assert.False(EmailAddress.TryParse("\ufffd@example.org", out _)); // what a decoder leaves of one
        Assert.False(EmailAddress.TryParse("ada@\ud800.org", out _));
    }

    [Fact]
    public void TryParse_TooLong_IsRefused()
    {
        Assert.False(EmailAddress.TryParse(new string('a', 65) + "@example.org", out _));
        Assert.False(EmailAddress.TryParse("a@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 5)), out _));
    }

    [Fact]
    public void TryParse_ItsOwnResult_IsUnchanged()
    {
        Assert.True(EmailAddress.TryParse("Ada@Bücher.Example", out var once));
        Assert.True(EmailAddress.TryParse(once.Value, out var twice));
        Assert.Equal(once, twice);
    }
}
