using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests;

/// <summary>docs/security.md says which stored bytes hold what; whoever looks there must find it.</summary>
public sealed class StoredBytesTests
{
    [Fact]
    public async Task StoredBytes_OfAnAccount_AreWhereTheDocumentSays()
    {
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "security.md"));
        var blobs = Path.Combine(vault.DataFolder, "state", "blobs");

        var record = Assert.Single(Directory.GetFiles(Path.Combine(blobs, $"{session.Account}", "re"), "record-1-*"));
        Assert.Equal(192, new FileInfo(record).Length);
        Assert.Single(Directory.GetFiles(Path.Combine(blobs, $"{session.Account}", "ri"), "ring-1-*"));
        Assert.Single(Directory.GetFiles(Path.Combine(blobs, $"{session.Account}", "re"), "recovery-ring-1-*"));
        Assert.Single(Directory.GetFiles(Path.Combine(blobs, "addresses"), "*", SearchOption.AllDirectories));
        Assert.All(
            ["`{account}/record-N-{hash}`", "192 bytes", "`{account}/ring-N-{hash}`", "`recovery-ring-N-{hash}`", "`addresses/{tag}`"],
            name => Assert.Contains(name, document, StringComparison.Ordinal));
    }
}
