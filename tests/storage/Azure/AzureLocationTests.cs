using Vault.Storage.Azure;

namespace Vault.Storage.Tests.Azure;

public sealed class AzureLocationTests
{
    private const string Key = "Zm9yIHRlc3RzIG9ubHk=";
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("https://account.blob.core.windows.net/state", "https://account.blob.core.windows.net/state")]
    [InlineData("https://account.blob.core.windows.net/state/", "https://account.blob.core.windows.net/state")]
    [InlineData(
        "https://account.blob.core.windows.net/state?sv=2025-11-05&sr=c&sp=racwdl&se=2026-02-01T00:00:00Z&sig=c2VjcmV0",
        "https://account.blob.core.windows.net/state")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/state?sv=2025-11-05&sr=c&sig=c2VjcmV0", "http://127.0.0.1:10000/devstoreaccount1/state")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account;AccountKey=" + Key, "https://account.blob.core.windows.net/vault-state")]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1/vault-state")]
    public void Parse_OneOfTheForms_NamesTheContainerWithoutItsSecret(string text, string shown) =>
        Assert.Equal(shown, AzureLocation.Parse(text, "vault-state", null, Now).ToString().TrimEnd('/'));

    [Theory]
    [InlineData("", "neither")]
    [InlineData("nonsense", "neither")]
    [InlineData("AccountName=account;AccountKey=not-base64-but-s3cret", "neither")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account", "neither")]
    [InlineData("https://account.blob.core.windows.net/", "no container")]
    [InlineData("https://account.blob.core.windows.net/state/blob?sig=s3cret", "no container")]
    [InlineData("https://account.blob.core.windows.net/state?sv=2025-11-05&sr=b&sig=s3cret", "sr=c")]
    [InlineData("https://account.blob.core.windows.net/state?sv=2025-11-05&sr=c&se=2026-01-31T11:59:59Z&sig=s3cret", "expired")]
    [InlineData("https://account.blob.core.windows.net/state?sr=c&sig=s3cret", "no SAS")]
    [InlineData("http://account.blob.core.windows.net/state", "https")]
    public void Parse_NoneOfThem_SaysWhyAndRepeatsNoSecret(string text, string why)
    {
        var error = Assert.Throws<FormatException>(() => AzureLocation.Parse(text, "vault-state", null, Now));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }
}
