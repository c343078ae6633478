using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>Versions, the trash, other names, and what becomes of content that nothing refers to any more.</summary>
public sealed class TrashTests : IAsyncLifetime
{
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _ada = null!;
    private VaultSession _bob = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync(null, "--Vault:Retention:Versions", "3");
        _ada = await _vault.CreateAsync();
        _bob = await _vault.CreateAsync("bob@example.org");
    }

    public async Task DisposeAsync()
    {
        await _ada.DisposeAsync();
        await _bob.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task Trash_SharedFile_IsGoneForEverybodyAndComesBackToItsOwnerAlone()
    {
        var file = await SendAsync("plan.txt", "the plan");
        await _ada.GrantAsync(file, ["bob@example.org"], null, default);
        Assert.Single(await ListAsync(_bob.ListReceivedAsync(default)));
        var used = (await _ada.GetStatusAsync(default)).UsedBytes;

        await _ada.TrashAsync(file, default);
        await _ada.TrashAsync(file, default); // again is no error

        Assert.Null(await _ada.FindAsync("plan.txt", default));
        Assert.Empty(await ListAsync(_bob.ListReceivedAsync(default)));
        var trashed = Assert.Single(await ListAsync(_ada.ListTrashAsync(default)));
        Assert.Equal((file.Id, "plan.txt"), (trashed.Id, trashed.Name));
        Assert.NotNull(trashed.TrashedAt);
        Assert.Equal(used, (await _ada.GetStatusAsync(default)).UsedBytes);

        await _ada.RestoreAsync(trashed, default);
        await _ada.RestoreAsync(trashed, default); // again is no error
        Assert.Empty(await ListAsync(_ada.ListTrashAsync(default)));
        Assert.Equal("the plan", await ReceiveAsync(_ada, (await _ada.FindAsync("plan.txt", default))!));
        Assert.Empty(await ListAsync(_bob.ListReceivedAsync(default)));
        Assert.Empty(await _ada.ListSharesAsync(file, default));
        await SendAsync("plan.txt", "the next plan"); // to nobody else, either
        Assert.Empty(await ListAsync(_bob.ListReceivedAsync(default)));
    }

    [Fact]
    public async Task Restore_NameTakenMeanwhile_IsRefusedUntilItIsFree()
    {
        var first = await SendAsync("note.txt", "first");
        await _ada.TrashAsync(first, default);
        var second = await SendAsync("note.txt", "second");
        Assert.NotEqual(first.Id, second.Id);

        await AssertFailsAsync(VaultErrorCode.Conflict, () => _ada.RestoreAsync(first, default));
        await _ada.RenameAsync(second, "other.txt", null, default);
        await _ada.RestoreAsync(first, default);

        Assert.Equal("first", await ReceiveAsync(_ada, (await _ada.FindAsync("note.txt", default))!));
        Assert.Equal("second", await ReceiveAsync(_ada, (await _ada.FindAsync("other.txt", default))!));
    }

    [Fact]
    public async Task Remove_FromTheTrash_DeletesTheContentAndGivesTheQuotaBack()
    {
        var file = await SendAsync("old.txt", "old");
        await _ada.TrashAsync(file, default);

        await _ada.RemoveAsync(file, default);

        Assert.Empty(await ListAsync(_ada.ListTrashAsync(default)));
        Assert.Equal(0, (await _ada.GetStatusAsync(default)).UsedBytes);
        Assert.Empty(Content());
        await AssertFailsAsync(VaultErrorCode.NotFound, () => _ada.RestoreAsync(file, default));
    }

    [Fact]
    public async Task Send_MoreVersionsThanAreKept_TheOldestGoWithTheirContent()
    {
        for (var number = 1; number <= 5; number++)
        {
            await SendAsync("log.txt", $"version {number}");
        }

        var file = await _ada.FindAsync("log.txt", default);
        var versions = await _ada.ListVersionsAsync(file!.Id, default);

        Assert.Equal([3, 4, 5], versions.Select(version => version.Version));
        Assert.Equal("version 3", await ReceiveAsync(_ada, versions[0]));
        Assert.Equal(3, Content().Length);
        Assert.Equal(versions.Sum(version => version.StoredLength), (await _ada.GetStatusAsync(default)).UsedBytes);
        await AssertFailsAsync(VaultErrorCode.NotFound, () => _ada.GetVersionAsync(file.Id, 2, default));

        await _vault.RestartAsync();
        Assert.Equal([3, 4, 5], (await _ada.ListVersionsAsync(file.Id, default)).Select(version => version.Version));
    }

    [Fact]
    public async Task Rename_SharedFile_IsSeenByWhoeverHasItAndMovesNothing()
    {
        var file = await SendAsync("draft.txt", "text");
        await _ada.GrantAsync(file, ["bob@example.org"], null, default);
        var before = Content();

        var renamed = await _ada.RenameAsync(file, "final/plan.txt", null, default);

        Assert.Equal((file.Id, "final/plan.txt", 1), (renamed.Id, renamed.Name, renamed.Version));
        Assert.Null(await _ada.FindAsync("draft.txt", default));
        Assert.Equal("text", await ReceiveAsync(_ada, (await _ada.FindAsync("final/plan.txt", default))!));
        var received = Assert.Single(await ListAsync(_bob.ListReceivedAsync(default))).File!;
        Assert.Equal("final/plan.txt", received.Name);
        Assert.Equal("text", await ReceiveAsync(_bob, received));
        Assert.Equal(before, Content());

        await _vault.RestartAsync();
        var again = await _ada.RenameAsync((await _ada.FindAsync("final/plan.txt", default))!, "third.txt", null, default);
        Assert.Equal("third.txt", Assert.Single(await ListAsync(_bob.ListReceivedAsync(default))).File!.Name);
        var next = await SendAsync("third.txt", "more");
        Assert.Equal((again.Id, 2), (next.Id, next.Version));
        Assert.Equal("draft.txt", (await SendAsync("draft.txt", "new")).Name);
    }

    [Fact]
    public async Task Rename_NameTakenOrPasswordWrong_IsRefused()
    {
        using var password = RunningVault.Secret("secret");
        using var wrong = RunningVault.Secret("guess");
        await SendAsync("taken.txt", "a");
        var file = await _ada.SendAsync(
            _vault.Write("b.txt", "b"u8), "b.txt", new SendOptions { Password = password, WorkFactor = 12 }, null, default);

        await AssertFailsAsync(VaultErrorCode.Conflict, () => _ada.RenameAsync(file, "taken.txt", password, default));
        await AssertFailsAsync(VaultErrorCode.WrongFilePassword, () => _ada.RenameAsync(file, "c.txt", wrong, default));
        await AssertFailsAsync(VaultErrorCode.InvalidRequest, () => _ada.RenameAsync(file, "../c.txt", password, default));
        Assert.Equal("c.txt", (await _ada.RenameAsync(file, "c.txt", password, default)).Name);
    }

    private Task<VaultFile> SendAsync(string name, string text) =>
        _ada.SendAsync(_vault.Write(name, System.Text.Encoding.UTF8.GetBytes(text)), name, null, null, default);

    private async Task<string> ReceiveAsync(VaultSession session, VaultFile file)
    {
        var target = Path.Combine(_vault.Folder, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        await session.ReceiveAsync(file, target, null, null, default);
        return await File.ReadAllTextAsync(target);
    }

    private string[] Content() =>
        [.. Directory.EnumerateFiles(Path.Combine(_vault.DataFolder, "content", "blobs"), "*.age", SearchOption.AllDirectories).Order()];

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }

    private static async Task AssertFailsAsync(VaultErrorCode code, Func<Task> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<VaultException>(action)).Code);
}
