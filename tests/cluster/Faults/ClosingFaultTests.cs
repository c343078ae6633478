using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;
using Xunit.Abstractions;

namespace Vault.Cluster.Tests.Faults;

/// <summary>An account is closed and every silo is killed in the middle of what follows: whoever comes next finishes it.</summary>
[Collection(SharedFaults.Name)]
public sealed class ClosingFaultTests(FaultFixture fixture, ITestOutputHelper output)
{
    private const string Email = "closed@example.org";
    private const int Files = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [SkippableFact]
    public async Task AccountClosedAndEverySiloKilled_AllOfItGoesAndTheAddressIsFree()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        using var copies = new TemporaryFolder();
        var (people, cluster) = (fixture.People, fixture.Cluster);
        var (bob, hers) = (people.Owners[0], new List<VaultFile>());
        await using var ada = await people.SignUpAsync(Email);
        for (var number = 0; number < Files; number++)
        {
            hers.Add(await people.SendAsync(ada, $"file-{number}", RandomNumberGenerator.GetBytes(2_000)));
        }

        await ada.FindContactAsync(bob.Email, default);
        await bob.FindContactAsync(Email, default);
        var his = await people.SendAsync(bob, "0/given to who leaves", RandomNumberGenerator.GetBytes(2_000));
        Assert.Null((await ada.GrantAsync(hers[0], [bob.Email], null, default))[0].Error);
        Assert.Null((await bob.GrantAsync(his, [Email], null, default))[0].Error);
        var before = Names(ada);
        Assert.True(before.Count > Files, $"Only {before.Count} blobs are hers.");

        using (var password = RunningVault.Secret(RunningVault.Password))
        {
            await ada.CloseAccountAsync(password, null, default);
        }

        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        var left = Names(ada).Count;
        await Task.WhenAll(Enumerable.Range(0, cluster.Silos.Count).Select(cluster.StartSiloAsync));

        await ErasedAsync(ada);
        Assert.DoesNotContain(Names(), name => hers.Exists(file => name.Contains(file.Id.ToString(), StringComparison.Ordinal)));
        Assert.Empty(StoreSearch.Find(StoredBlobs.Copy(cluster.Azurite.ConnectionString, cluster.Containers.State, copies.File("state")), Email));
        Assert.Empty(await bob.ListReceivedAsync(default).ToListAsync());
        await using var again = await people.SignUpAsync(Email);
        Assert.NotEqual(ada.Account, again.Account);
        Assert.Empty(await again.ListAsync(default).ToListAsync());
        Assert.Empty(await again.ListReceivedAsync(default).ToListAsync());
        FaultFixture.Print(output, $"closed: {before.Count} blobs named by the account before, {left} when every silo was dead; {await fixture.VerifyAsync()} events verified");
    }

    // The tombstone, and for an hour the note to look once more.
    private async Task ErasedAsync(VaultSession ada)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var names = Names(ada);
            if (names.All(name => name.Contains("/closed/", StringComparison.Ordinal) || name.Contains("/pending/", StringComparison.Ordinal)))
            {
                Assert.Contains(names, name => name.Contains("/closed/", StringComparison.Ordinal));
                return;
            }

            Assert.False(patience.IsCancellationRequested, $"It was not erased: {string.Join(", ", names)}");
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    // Of blobs that say whose they are.
    private List<string> Names(VaultSession ada) => [.. Names().Where(name => name.Contains(ada.Account.ToString(), StringComparison.Ordinal))];

    private IEnumerable<string> Names()
    {
        var (state, content) = fixture.Cluster.Containers;
        var connection = fixture.Cluster.Azurite.ConnectionString;
        return StoredBlobs.Names(connection, state).Concat(StoredBlobs.Names(connection, content));
    }
}
