using System.Text;
using Vault.Grains.Interfaces;
using Vault.Storage;

namespace Vault.Grains.Tests.Users;

/// <summary>Stored bytes that somebody changed: reported, never cut or skipped.</summary>
public sealed class DamageTests(TestVault vault) : IClassFixture<TestVault>
{
    [Fact]
    public async Task AnyCommand_ChangedLineInTheAccountsStream_IsRefusedAsDamageAndLeftAsItIs()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        await new TestSend(owner).SendAsync(vault);
        await vault.ForgetAsync(owner.Grain);
        var path = vault.FileOf("users", owner.Account.ToString());
        var text = await File.ReadAllTextAsync(path);
        var changed = text.Replace(owner.Email, new string('x', owner.Email.Length), StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        await File.WriteAllTextAsync(path, changed, new UTF8Encoding(false));

        for (var i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<StorageUnavailableException>(() => owner.Grain.GetSession(owner.Session));
            Assert.Equal(StorageFailure.Damaged, e.Reason);
            await Assert.ThrowsAsync<StorageUnavailableException>(() => owner.TryStartLoginAsync());
        }

        Assert.Equal(changed, await File.ReadAllTextAsync(path));
        await File.WriteAllTextAsync(path, text, new UTF8Encoding(false));
        Expect.Value(await owner.Grain.GetSession(owner.Session));
    }

    [Fact]
    public async Task Login_RecordOrRingIsNotTheOneThatTheEventNames_IsRefusedAsDamage()
    {
        var owner = await new TestPerson(vault).RegisterAsync();
        var blobs = new List<BlobName>();
        await foreach (var entry in vault.Content.ListAsync(BlobName.Create(owner.Account.ToString()), default))
        {
            blobs.Add(entry.Name);
        }

        Assert.Equal(3, blobs.Count);
        var ring = blobs.Single(name => name.Segments[^1].StartsWith("ring-1-", StringComparison.Ordinal));
        await vault.Content.ReplaceAsync(ring, new byte[owner.Ring.Length], default);
        var request = await owner.PrepareLoginAsync();
        var e = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => vault.SignIn.FinishLogin(request, owner.Origin));
        Assert.Equal(StorageFailure.Damaged, e.Reason);

        await vault.ForgetAsync(owner.Grain);
        await vault.Content.DeleteAsync(
            blobs.Single(name => name.Segments[^1].StartsWith("record-1-", StringComparison.Ordinal)), default);
        e = await Assert.ThrowsAsync<StorageUnavailableException>(() => owner.TryStartLoginAsync());
        Assert.Equal(StorageFailure.Damaged, e.Reason);
    }

    [Fact]
    public async Task AnyCommand_StorageCannotBeRead_IsRefusedAndWorksAgainAfterwards()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        await vault.ForgetAsync(owner.Grain);
        vault.Log.RefusesReads = true;
        try
        {
            var e = await Assert.ThrowsAsync<StorageUnavailableException>(() => owner.Grain.GetSession(owner.Session));
            Assert.Equal(StorageFailure.Unavailable, e.Reason);
        }
        finally
        {
            vault.Log.RefusesReads = false;
        }

        Expect.Value(await owner.Grain.GetSession(owner.Session));
    }
}
