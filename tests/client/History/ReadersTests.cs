using System.Text;
using Vault.Client.History;
using Vault.Protocol;

namespace Vault.Client.Tests.History;

/// <summary>What events mean in words, and who could read a file at a time, as a fold over them.</summary>
public sealed class ReadersTests
{
    private static readonly AccountId Ada = AccountId.New(), Bob = AccountId.New(), Eve = AccountId.New();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<HistoryLine> _lines = [];

    [Fact]
    public void List_EachTime_HasThoseWhoCouldReadThen()
    {
        Happens("file.version-stored.v1", """{"version":1}""");
        Happens("file.shares-granted.v1", $$"""{"grants":[{"recipient":"{{Bob}}"},{"recipient":"{{Eve}}","expiresAt":null}]}""");
        Happens("file.shares-revoked.v1", $$"""{"recipients":["{{Bob}}"]}""");
        Happens("file.erased.v1", "{}");

        Assert.Empty(At(0, before: true));
        Assert.Equal(["ada"], At(0));
        Assert.Equal(["ada", "bob", Eve.ToString()], At(1));
        Assert.Equal(["ada", Eve.ToString()], At(2));
        Assert.Empty(At(3));
    }

    [Fact]
    public void List_GrantThatExpires_EndsByItself()
    {
        Happens("file.version-stored.v1", """{"version":1}""");
        Happens("file.shares-granted.v1", $$"""{"grants":[{"recipient":"{{Bob}}","expiresAt":"{{Start.AddHours(5):O}}"}]}""");
        Assert.Equal(["ada", "bob"], List(Start.AddHours(5) - TimeSpan.FromTicks(1)));
        Assert.Equal(["ada"], List(Start.AddHours(5)));
        Assert.Equal(["ada"], List(Start.AddHours(9)));
    }

    [Fact]
    public void List_NextVersion_KeepsThoseItWasSealedTo()
    {
        Happens("file.version-stored.v1", """{"version":1}""");
        Happens("file.shares-granted.v1", $$"""{"grants":[{"recipient":"{{Bob}}"},{"recipient":"{{Eve}}"}]}""");
        Happens(
            "file.shared-version-stored.v1",
            $$"""{"stored":{"version":2},"grants":[{"recipient":"{{Bob}}"}],"dropped":["{{Eve}}"],"removesOlder":true}""");

        var readers = Fold(Start.AddHours(9)).List(Ada, "ada", "a.txt", NameOf);

        Assert.Equal(["ada", "bob"], readers.Select(reader => reader.Person));
        Assert.Equal([Start, Start.AddHours(1)], readers.Select(reader => reader.Since)); // since the first version that they had
        Assert.All(readers, reader => Assert.Equal(2, reader.Version));
    }

    [Fact]
    public void Tell_SharedVersion_HasAnEntryForEachPerson()
    {
        Happens(
            "file.shared-version-stored.v1",
            $$"""{"stored":{"version":2},"grants":[{"recipient":"{{Bob}}","expiresAt":"2027-01-01T00:00:00Z"}],"dropped":["{{Eve}}"],"removesOlder":true}""");

        var entries = Words().Tell(_lines[0], "a.txt").ToList();

        Assert.Equal(["Stored version 2", "Gave the file", "Took the file back"], entries.Select(entry => entry.Action));
        Assert.Equal([null, "bob", Eve.ToString()], entries.Select(entry => entry.Person));
        Assert.Equal(["under a new key; older versions were deleted", "until 2027-01-01 00:00:00Z", null], entries.Select(entry => entry.Detail));
        Assert.All(entries, entry => Assert.Equal(("ada", "a.txt", 1L), (entry.Actor, entry.FileName, entry.Number)));
    }

    [Theory]
    [InlineData("user.sends-committed.v1", """{"sends":[{}]}""", "Stored a file")]
    [InlineData("user.sends-committed.v1", """{"sends":[{},{}]}""", "Stored 2 files")]
    [InlineData("user.password-reset.v1", "{}", "Reset the password by e-mail")]
    [InlineData("user.something-that-is-new.v3", "{}", "Something that is new")]
    [InlineData("nonsense", "{}", "nonsense")]
    public void Tell_Event_SaysWhatHappened(string type, string data, string action)
    {
        Happens(type, data);
        Assert.Equal(action, Assert.Single(Words().Tell(_lines[0], null)).Action);
    }

    [Fact]
    public void Tell_ControlCharactersInADevice_DoNotReachTheScreen()
    {
        Happens("user.session-started.v1", """{"device":"lap\u001b[31mtop","address":"203.0.113.7"}""");
        Assert.Equal("lap [31mtop (203.0.113.7)", Assert.Single(Words().Tell(_lines[0], null)).Actor);
    }

    /// <summary>The server wrote it: what has not the form of its name is forged, and no fault of this program.</summary>
    [Theory]
    [InlineData("file.version-stored.v1", "{}")]
    [InlineData("file.version-stored.v1", """{"version":"1"}""")]
    [InlineData("file.version-stored.v1", """{"version":1.5}""")]
    [InlineData("file.shares-granted.v1", """{"grants":{}}""")]
    [InlineData("file.shares-granted.v1", """{"grants":[{"recipient":"nobody"}]}""")]
    [InlineData("file.shares-granted.v1", """{"grants":[{"recipient":7}]}""")]
    [InlineData("file.shares-revoked.v1", """{"recipients":[null]}""")]
    [InlineData("user.sends-committed.v1", """{"sends":3}""")]
    [InlineData("user.sends-reserved.v1", """{"reserved":[7]}""")]
    [InlineData("user.copy-reserved.v1", """{"reserved":[]}""")]
    [InlineData("user.file-removed.v1", """{"file":7}""")]
    public void Take_EventOfAnotherForm_IsForged(string type, string data)
    {
        Happens(type, data);
        Action[] readings = [() => _ = Fold(Start), () => _ = Words().Tell(_lines[0], null).ToList(), () => new OwnedFiles().Add(_lines[0])];
        var errors = readings.Select(Record.Exception).Where(error => error is not null).ToList();
        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.Equal(VaultErrorCode.IntegrityFailed, Assert.IsType<VaultException>(error).Code));
    }

    [Fact]
    public void OwnedFiles_Events_FoldIntoTheList()
    {
        var (kept, trashed, removed, restored, never, copied) = (FileId.New(), FileId.New(), FileId.New(), FileId.New(), FileId.New(), FileId.New());
        var files = new[] { kept, trashed, removed, restored, never };
        Happens("user.sends-reserved.v1", $$"""{"reserved":[{{string.Join(',', files.Select(file => $$"""{"upload":"u{{file}}","file":"{{file}}"}"""))}}]}""");
        Happens("user.sends-committed.v1", $$"""{"sends":[{{string.Join(',', files.SkipLast(1).Select(file => $$"""{"upload":"u{{file}}","version":1}"""))}}]}""");
        Happens("user.sends-reserved.v1", $$"""{"reserved":[{"upload":"again","file":"{{kept}}"}]}""");
        Happens("user.versions-replaced.v1", """{"sends":[{"upload":"again","version":2}]}""");
        Happens("user.copy-reserved.v1", $$"""{"reserved":{"upload":"copy","file":"{{copied}}","content":"u{{kept}}"} }""");
        Happens("user.sends-committed.v1", """{"sends":[{"upload":"copy","version":1}]}""");
        Happens("user.file-trashed.v1", $$"""{"file":"{{trashed}}"}""");
        Happens("user.file-removed.v1", $$"""{"file":"{{removed}}"}""");
        Happens("user.file-trashed.v1", $$"""{"file":"{{restored}}"}""");
        Happens("user.file-restored.v1", $$"""{"file":"{{restored}}"}""");

        var owned = new OwnedFiles();
        _lines.ForEach(owned.Add);

        Assert.Equal(new HashSet<FileId> { kept, restored, copied }, owned.Listed.ToHashSet());
        Assert.Equal([2, 1, 0], new[] { kept, restored, never }.Select(owned.NewestOf));
        Assert.Equal([trashed, removed], files.Where(owned.IsGone));
    }

    // One event an hour.
    private void Happens(string type, string data) =>
        _lines.Add(new HistoryLine(_lines.Count + 1, Start.AddHours(_lines.Count), type, Encoding.UTF8.GetBytes(data)));

    private IEnumerable<string> At(int hour, bool before = false) => List(Start.AddHours(hour) - (before ? TimeSpan.FromTicks(1) : TimeSpan.Zero));

    private IEnumerable<string> List(DateTimeOffset time) => Fold(time).List(Ada, "ada", "a.txt", NameOf).Select(reader => reader.Person);

    private FileReaders Fold(DateTimeOffset time)
    {
        var readers = new FileReaders(time);
        _lines.ForEach(readers.Add);
        return readers;
    }

    private static EventWords Words() => new("ada", NameOf);

    private static string NameOf(AccountId account) => account == Bob ? "bob" : account.ToString();
}
