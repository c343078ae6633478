using System.Text;
using Vault.Client.History;
using Vault.Client.Tests.LyingServer;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests.History;

/// <summary>A server whose history is not the one that this machine saw, or whose list of files is not what the history says.</summary>
public sealed class LyingHistoryTests : IClassFixture<LyingVault>
{
    // Of a file with three events, of which this machine has receipts for the first two.
    private static readonly Dictionary<string, Func<IReadOnlyList<HistoryLine>, IReadOnlyList<HistoryLine>>> Lies = new()
    {
        ["an entry altered"] = lines => Change(lines, 1, line => line with { Data = Encoding.UTF8.GetBytes("""{"version":2}""") }),
        ["a time altered"] = lines => Change(lines, 1, line => line with { Time = line.Time.AddTicks(1) }),
        ["a name altered"] = lines => Change(lines, 1, line => line with { Type = "file.version-stored.v2" }),
        ["blanks in the data"] = lines => Change(lines, 1, line => line with { Data = [.. line.Data, (byte)' '] }),
        ["the first altered, the others as they were"] = lines => Change(lines, 0, line => line with { Time = line.Time.AddTicks(1) }),
        ["rolled back"] = lines => [.. lines.Take(1)],
        ["nothing at all"] = _ => [],
        ["the first left out"] = lines => [.. lines.Skip(1)],
        ["one in the middle left out"] = lines => [lines[0], .. lines.Skip(2)],
        ["one in the middle left out, the numbers closed up"] = lines => Number([lines[0], .. lines.Skip(2)]),
        ["reordered"] = lines => [lines[1], lines[0], .. lines.Skip(2)],
        ["reordered, with the right numbers"] = lines => Number([lines[1], lines[0], .. lines.Skip(2)]),
        ["an entry twice"] = lines => [lines[0], .. lines],
        ["an entry put in between"] = lines => Number([lines[0], lines[0], .. lines.Skip(1)]),
        ["forked after the first, and gone further"] = lines => Number([lines[0], .. lines.Skip(1).Select(line => line with { Time = line.Time.AddDays(1) }), lines[^1]]),
        ["a name that would break the line"] = lines => Change(lines, 1, line => line with { Type = "file\",\"x\":\"" }),
        ["data that is no JSON"] = lines => Change(lines, 1, line => line with { Data = "{"u8.ToArray() }),
        ["no data"] = lines => Change(lines, 1, line => line with { Data = [] }),
    };

    private readonly LyingVault _vault;

    public LyingHistoryTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(LieNames))]
    public async Task ReadAndCheck_ForgedHistory_AreRefused(string lie)
    {
        // No lie changes what is remembered: the file has its two receipts, and the end that an honest read has seen.
        Assert.True((await CheckAsync()).Verified);
        _vault.Liar.Alter(Routes.FileHistory(_vault.Note.Id), ProtocolJson.Default.HistoryPage, page => page with { Lines = Lies[lie](page.Lines) });

        var check = await CheckAsync();
        Assert.False(check.Verified);
        Assert.NotEmpty(check.Problem!); // it does not verify
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, ReadAsync);

        Assert.True((await CheckAsync()).Verified);
    }

    [Fact]
    public async Task Check_ReceiptThatNoHistoryLeadsThrough_IsFoundOut()
    {
        // A server that forks gives a receipt for a branch that it never shows.
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var file = await session.SendAsync(vault.Write("a.txt", "a"u8), "a.txt", null, null, default);
        file = await session.SendAsync(vault.Write("a.txt", "ab"u8), "a.txt", null, null, default);
        Assert.True((await session.CheckHistoryAsync(file, default)).Verified);
        new SeenHeads(vault.Options.StateFolder, session.Account).Remember(
            [new SeenHead(file.Id.ToString(), 1, new string('a', 64), IsChecked: false)]);

        var check = await session.CheckHistoryAsync(file, default);

        Assert.Contains("another history", check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_HonestGrowth_IsAcceptedAndRemembered()
    {
        var before = await CheckAsync();
        await _vault.SendAsync("note.txt", "one more"u8.ToArray());
        var receipt = await CheckAsync();
        var after = await CheckAsync();
        Assert.All(new[] { before, receipt, after }, check => Assert.True(check.Verified));
        Assert.Equal(before.Events + 1, receipt.Events);
        Assert.Equal(receipt.Events, receipt.Compared); // the send's receipt tells of it already
        Assert.Equal((receipt.Events, receipt.Head), (after.Compared, after.Head));
    }

    [Fact]
    public async Task Check_AccountCutShort_IsRolledBack()
    {
        Assert.True((await _vault.Session.CheckHistoryAsync(null, default)).Verified);
        _vault.Liar.Alter(Routes.History, ProtocolJson.Default.HistoryPage, page => page with { Lines = [.. page.Lines.SkipLast(1)] });
        var check = await _vault.Session.CheckHistoryAsync(null, default);
        Assert.Contains("rolled back", check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_PagesThatNeverEnd_AreRefused()
    {
        _vault.Liar.Alter(Routes.History, ProtocolJson.Default.HistoryPage, page => page with { Next = "1.2.3", Lines = [] });
        Assert.False((await _vault.Session.CheckHistoryAsync(null, default)).Verified);
    }

    [Fact]
    public async Task Check_HistoryOfAnotherFile_IsRefused()
    {
        _vault.Liar.Redirect(
            Routes.FileHistory(_vault.Note.Id), uri => new Uri(uri, Routes.FileHistory(_vault.Big.Id)));
        Assert.False((await CheckAsync()).Verified);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // this machine has seen nothing yet: what the account's own history says is enough
    public async Task CheckAll_ListThatDropsAFile_IsFoundOut(bool fresh)
    {
        using var state = new TemporaryFolder();
        await using var session = fresh ? await ConnectAsync(state.Path) : null;
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => page with { Files = [.. page.Files.SkipLast(1)], Next = null });
        var dropped = (await CheckAllAsync(session ?? _vault.Session)).Where(check => !check.Verified).ToList();
        _vault.Liar.BeHonest();

        var check = Assert.Single(dropped);
        Assert.Contains("never removed", check.Problem, StringComparison.Ordinal);
        Assert.Equal((await _vault.ListAsync())[^1].Id, check.File);
        Assert.DoesNotContain(await CheckAllAsync(session ?? _vault.Session), honest => !honest.Verified);
    }

    [Theory]
    [InlineData(Routes.Trash)] // as if it had been removed for good
    [InlineData(Routes.Files)] // out of the list into the trash
    public async Task CheckAll_TrashThatDropsAFileOrHidesOne_IsFoundOut(string route)
    {
        await using var vault = await RunningVault.StartAsync();
        var liar = new Liar();
        await using var session = await CreateAsync(vault, liar);
        var hidden = await session.SendAsync(vault.Write("hidden", "a"u8), "hidden", null, null, default);
        var entry = new FileListPage([], null);
        liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => entry = page);
        await session.FindAsync("hidden", default);
        liar.BeHonest();
        if (route == Routes.Trash)
        {
            await session.TrashAsync(hidden, default);
        }

        liar.Alter(route, ProtocolJson.Default.FileListPage, page => page with { Files = [] });
        if (route == Routes.Files)
        {
            liar.Alter(Routes.Trash, ProtocolJson.Default.FileListPage, page => entry);
        }

        var check = Assert.Single(await CheckAllAsync(session), check => !check.Verified);

        Assert.Equal(hidden.Id, check.File);
        Assert.Contains("never removed", check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAll_ListWithAnOlderVersion_IsFoundOut()
    {
        await CheckAllAsync(_vault.Session);
        var first = await _vault.VersionAsync(_vault.Note.Id, 1);
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => page with
        {
            Files = [.. page.Files.Select(entry => entry.File == _vault.Note.Id
                ? entry with { Version = 1, Revision = 1, OwnerMetadata = first.OwnerMetadata! } // own files have it
                : entry)],
        });
        var check = Assert.Single(await CheckAllAsync(_vault.Session), check => !check.Verified);
        Assert.Equal(_vault.Note.Id, check.File);
        Assert.Contains("version 1", check.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAll_FilesRemovedOrInTheTrash_AreMissedByNobody()
    {
        await using var vault = await RunningVault.StartAsync();
        var liar = new Liar();
        await using var session = await CreateAsync(vault, liar);
        var files = new List<VaultFile>();
        foreach (var name in new[] { "kept", "removed", "trashed", "restored", "removed meanwhile" })
        {
            files.Add(await session.SendAsync(vault.Write(name, "a"u8), name, null, null, default));
        }

        await session.CopyAsync(files[0], "copied", null, default);
        await session.RemoveAsync(files[1], default);
        await session.TrashAsync(files[2], default);
        await session.TrashAsync(files[3], default);
        await session.RestoreAsync(files[3], default);
        liar.Meanwhile(Routes.Files, async () =>
        {
            liar.BeHonest(); // once
            await session.RemoveAsync(files[4], default);
        });

        var checks = await CheckAllAsync(session);

        Assert.All(checks, check => Assert.True(check.Verified, check.Problem));
        Assert.Equal(["ada@example.org", "copied", "kept", "restored", "trashed"], checks.Select(check => check.Name).Order(StringComparer.Ordinal));
    }

    private static async Task<VaultSession> CreateAsync(RunningVault vault, Liar liar)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            vault.Address, "ada@example.org", password, vault.Options with { Intercept = liar.Intercept }, default);
        return account.TakeSession();
    }

    private static IReadOnlyList<HistoryLine> Change(IReadOnlyList<HistoryLine> lines, int at, Func<HistoryLine, HistoryLine> lie) =>
        [.. lines.Select((line, number) => number == at ? lie(line) : line)];

    private static IReadOnlyList<HistoryLine> Number(IReadOnlyList<HistoryLine> lines) =>
        [.. lines.Select((line, number) => line with { Version = number + 1 })];

    private static async Task<List<VaultHistoryCheck>> CheckAllAsync(VaultSession session)
    {
        var checks = new List<VaultHistoryCheck>();
        await foreach (var check in session.CheckHistoriesAsync(default))
        {
            checks.Add(check);
        }

        return checks;
    }

    private Task<VaultHistoryCheck> CheckAsync() => _vault.Session.CheckHistoryAsync(_vault.Note, default);

    private async Task ReadAsync()
    {
        await foreach (var entry in _vault.Session.ReadHistoryAsync(_vault.Note, default))
        {
            Assert.NotEmpty(entry.Action);
        }
    }

    private async Task<VaultSession> ConnectAsync(string state)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(
            _vault.Honest.Address, "ada@example.org", password, _vault.Options with { StateFolder = state }, default);
    }
}
