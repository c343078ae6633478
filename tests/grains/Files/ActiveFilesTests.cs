using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Files;
using Vault.Protocol;

namespace Vault.Grains.Tests.Files;

/// <summary>However many files are sent or asked for, a silo keeps a bounded number in memory, and loses none of them.</summary>
public sealed class ActiveFilesTests
{
    private const int Most = 16, Sent = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task SendAndGet_MoreFilesThanStayInMemory_AllAreThere()
    {
        await using var vault = await TestVault.StartAsync(
            services => services.Configure<StorageLimits>(limits => limits.FilesInMemory = Most));
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var commits = new List<CommitSendRequest>();
        for (var number = 0; number < Sent; number++)
        {
            var send = new TestSend(owner);
            commits.Add(send.Commit(await send.StageAsync(vault)));
        }

        // More at once than may stay: one that is told to go finishes what it does.
        var receipts = Expect.Value(await owner.Grain.CommitSends(owner.Session, commits)).Items.Select(Expect.Receipt).ToList();
        Assert.Equal(Sent, receipts.Count);
        await AssertBoundedAsync(vault);

        var versions = await Task.WhenAll(receipts.Select(receipt => vault.File(receipt.File).GetVersion(owner.Caller, 0)));
        Assert.Equal(
            receipts.Select(receipt => receipt.ManifestHash), versions.Select(version => Expect.Value(version).Manifest.Hash()));
        await AssertBoundedAsync(vault);
    }

    // Going takes them a moment.
    private static async Task AssertBoundedAsync(TestVault vault)
    {
        using var limit = new CancellationTokenSource(Limit);
        for (int active; (active = await vault.CountActiveAsync<FileGrain>()) > Most;)
        {
            Assert.False(limit.IsCancellationRequested, $"{active} files stay in memory.");
            await Task.Yield();
        }
    }
}
