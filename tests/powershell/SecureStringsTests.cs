using System.Security;
using System.Text;

namespace Vault.PowerShell.Tests;

public sealed class SecureStringsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("correct horse")]
    [InlineData("пароль 🗝️")]
    public void ToSecretBytes_AnyText_IsItsUtf8(string text)
    {
        using var password = Secure(text);
        using var secret = password.ToSecretBytes();
        Assert.Equal(Encoding.UTF8.GetBytes(text), secret.Span.ToArray());
    }

    [Fact]
    public void ToSecretBytes_HalfASurrogatePair_IsRefusedWithoutShowingIt()
    {
        using var password = Secure("a\ud83db");
        var error = Assert.Throws<ArgumentException>(password.ToSecretBytes);
        Assert.Null(error.InnerException);
        Assert.DoesNotContain("d83d", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static SecureString Secure(string text)
    {
        var password = new SecureString();
        foreach (var character in text)
        {
            password.AppendChar(character);
        }

        return password;
    }
}
