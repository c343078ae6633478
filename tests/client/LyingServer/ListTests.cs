using Vault.Protocol;
using static Vault.Client.Tests.LyingServer.LyingVault;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server whose list of files is not the owner's, or never ends.</summary>
public sealed class ListTests : IClassFixture<LyingVault>
{
    private static readonly FileId Last = FileId.From(Guid.ParseExact(new string('f', 32), "N"));
    private static readonly FileId First = FileId.From(Guid.Empty);

    private static readonly Dictionary<string, Func<FileListPage, FileListPage>> Lies = new()
    {
        ["a name changed"] = page => Change(page, (entry, _) => entry with { OwnerMetadata = Flip(entry.OwnerMetadata, 40) }),
        ["metadata cut short"] = page => Change(page, (entry, _) => entry with { OwnerMetadata = entry.OwnerMetadata[..39] }),
        ["no metadata"] = page => Change(page, (entry, _) => entry with { OwnerMetadata = [] }),
        ["the metadata of another file"] = page => Change(page, (entry, other) => entry with { OwnerMetadata = other.OwnerMetadata }),
        ["the id of another file"] = page => Change(page, (entry, _) => entry with { File = First }),
        ["a version that never was"] = page => Change(page, (entry, _) => entry with { Version = entry.Version + 1 }),
        ["version 0"] = page => Change(page, (entry, _) => entry with { Version = 0 }),
        ["a negative version"] = page => Change(page, (entry, _) => entry with { Version = int.MinValue }),
        ["an entry twice"] = page => page with { Files = [page.Files[0], .. page.Files] },
        ["the order turned round"] = page => page with { Files = [.. page.Files.Reverse()] },
        ["a file that is not there"] = page => page with { Files = [.. page.Files, page.Files[0] with { File = Last }] },
        ["no entry at all"] = page => page with { Files = [.. page.Files, null!] }, // what a server can write all the same
        ["a cursor that goes round"] = page => page with { Next = page.Files[^1].File },
        ["a cursor to the beginning"] = page => page with { Next = First },
        ["a cursor past the end"] = page => page with { Next = Last },
        ["the last entry left out, the cursor behind it"] = page => new FileListPage([.. page.Files.SkipLast(1)], page.Files[^1].File),
        ["an empty page that is not the last"] = _ => new FileListPage([], First),
    };

    private readonly LyingVault _vault;

    public ListTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(LieNames))]
    public async Task List_ForgedPage_IsRefused(string lie)
    {
        FileListPage? whole = null;
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => Lies[lie](whole ??= page));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);
    }

    [Fact]
    public async Task List_PagesForEver_AreRefusedAtTheFirstThatGivesNothingNew()
    {
        FileListPage? whole = null;
        var pages = 0;
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page =>
        {
            whole ??= page;
            var entry = whole.Files[Math.Min(pages++, whole.Files.Count - 1)];
            return new FileListPage([entry], entry.File);
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);

        Assert.Equal(whole!.Files.Count + 1, pages); // listed above
    }

    [Fact]
    public async Task List_OnePageForEachFile_IsTheWholeList()
    {
        FileListPage? whole = null;
        var pages = 0;
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page =>
        {
            whole ??= page;
            var entry = whole.Files[pages++];
            return new FileListPage([entry], pages < whole.Files.Count ? entry.File : null);
        });

        var files = await _vault.ListAsync();

        Assert.Equal(whole!.Files.Select(entry => entry.File), files.Select(file => file.Id)); // listed above
    }

    [Theory]
    [InlineData("another file")]
    [InlineData("two files")]
    [InlineData("a name changed")]
    [InlineData("no entry at all")]
    public async Task Find_ForgedAnswer_IsRefused(string lie)
    {
        var other = await EntryAsync("other.bin");
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => lie switch
        {
            "another file" => new FileListPage([other], null),
            "two files" => new FileListPage([.. page.Files, other], null),
            "no entry at all" => new FileListPage([null!], null), // what a server can write all the same
            _ => page with { Files = [page.Files[0] with { OwnerMetadata = Flip(page.Files[0].OwnerMetadata, 30) }] },
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.Session.FindAsync("note.txt", default));
    }

    [Fact]
    public async Task Find_OlderVersionPassedOffAsTheNewest_IsRefused()
    {
        // A server can hide the newest version, but not give its number to an older one.
        var first = await _vault.VersionAsync(_vault.Note.Id, 1);
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page => page with
        {
            Files = [page.Files[0] with { OwnerMetadata = first.OwnerMetadata! }], // own files have it
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.Session.FindAsync("note.txt", default));
    }

    private async Task<FileEntry> EntryAsync(string name)
    {
        FileEntry? found = null;
        _vault.Liar.Alter(Routes.Files, ProtocolJson.Default.FileListPage, page =>
        {
            found = page.Files[0];
            return page;
        });
        await _vault.Session.FindAsync(name, default);
        _vault.Liar.BeHonest();
        return found!; // the request went through
    }

    // The entry in the middle, so that order alone does not give the lie away; "other" is the one before it.
    private static FileListPage Change(FileListPage page, Func<FileEntry, FileEntry, FileEntry> lie)
    {
        FileEntry[] files = [.. page.Files];
        files[1] = lie(files[1], files[0]);
        return page with { Files = files };
    }
}
