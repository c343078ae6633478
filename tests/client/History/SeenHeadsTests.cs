using System.Globalization;
using Vault.Client.History;
using Vault.Protocol;
using Vault.Tests.Support;

namespace Vault.Client.Tests.History;

/// <summary>What this machine has seen stays on disk, whoever else writes there and whatever happens meanwhile.</summary>
public sealed class SeenHeadsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccountId _account = AccountId.New();
    private readonly FileId _file = FileId.New();

    private string Path => _folder.File($"state/heads-{_account}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Remember_Receipts_AreThereForTheNextProcess()
    {
        Process().Remember([Head(1), Head(2)]);

        var later = Process();

        Assert.Equal([Head(1), Head(2)], later.Of(_file.ToString()));
        Assert.Equal([_file], later.Files);
        Assert.Empty(later.Of(SeenHeads.OfAccount));
    }

    [Fact]
    public void Remember_ReceiptOfNoForm_IsNotWritten()
    {
        var receipt = new Receipt(_file, 1, [], [], 1, new string('a', 64));
        Process().Remember([receipt with { StreamVersion = 0 }, receipt with { LineHash = "a b" }, receipt with { LineHash = new string('A', 64) }]);
        Assert.False(File.Exists(Path));
        Process().Remember([receipt]);
        Assert.Equal([new SeenHead(_file.ToString(), 1, receipt.LineHash, IsChecked: false)], Process().Of(_file.ToString()));
    }

    [Fact]
    public void RememberNewest_OlderOneBehindIt_StaysAtTheNewest()
    {
        const string contacts = "contacts-0";
        var (older, newer) = (new SeenHead(contacts, 2, new string('b', 64), IsChecked: false), new SeenHead(contacts, 3, new string('c', 64), IsChecked: false));
        Process().RememberNewest(newer);

        Process().RememberNewest(older); // of a process that read them before

        Assert.Equal((3L, 0L), (Process().NewestOf(contacts), Process().NewestOf("contacts-1")));
        Assert.Empty(Process().Files);
    }

    [Fact]
    public async Task Remember_TwoProcessesAtOnce_LosesNothing()
    {
        SeenHeads[] both = [Process(), Process()];
        using var start = new Barrier(2);
        await Task.WhenAll(both.Select((process, number) => Task.Run(() =>
        {
            Assert.True(start.SignalAndWait(TimeSpan.FromSeconds(30)), "The other process did not start.");
            for (var version = 1; version <= 50; version++)
            {
                process.Remember([Head(version, number == 0 ? 'a' : 'b')]);
            }
        }))).WaitAsync(TimeSpan.FromMinutes(2));

        var expected = both.SelectMany((_, number) => Enumerable.Range(1, 50).Select(version => Head(version, number == 0 ? 'a' : 'b'))).ToHashSet();
        Assert.All(both.Append(Process()), process => Assert.Equal(expected, process.Of(_file.ToString()).ToHashSet()));
    }

    [Fact]
    public void RememberEnd_OfAllThatWasSeen_TakesItsPlace()
    {
        var heads = Process();
        heads.Remember([Head(1), Head(2)]);
        heads.RememberEnd(Head(3), heads.Of(_file.ToString()));
        Assert.Equal([Head(3) with { IsChecked = true }], Process().Of(_file.ToString()));
        heads.Remember([Head(4)]);
        Assert.Equal([Head(3) with { IsChecked = true }, Head(4)], Process().Of(_file.ToString()));
    }

    /// <summary>The history was read to its third event while another process stored the fourth, or was shown another third.</summary>
    [Theory]
    [InlineData(4, 'a')]
    [InlineData(3, 'b')]
    [InlineData(2, 'b')]
    public void RememberEnd_AnotherProcessSawMoreMeanwhile_KeepsThat(int version, char branch)
    {
        var (here, there) = (Process(), Process());
        here.Remember([Head(1)]);
        var followed = here.Of(_file.ToString());
        there.Remember([Head(version, branch)]);

        here.RememberEnd(Head(3), followed);

        Assert.All(
            new[] { here, there, Process() },
            process => Assert.Equal([Head(1), Head(version, branch), Head(3)], process.Of(_file.ToString())));
    }

    [Fact]
    public void RememberEnd_ShorterThanAnotherProcessChecked_DoesNotGoBack()
    {
        var (here, there) = (Process(), Process());
        here.Remember([Head(1)]);
        var followed = here.Of(_file.ToString());
        there.RememberEnd(Head(9), there.Of(_file.ToString()));

        here.RememberEnd(Head(3), followed);

        Assert.Equal(9, Process().Of(_file.ToString()).Max(head => head.Version));
    }

    [Fact]
    public void Of_LineThatIsStillBeingWritten_IsNotThereYet()
    {
        Process().Remember([Head(1)]);
        File.AppendAllText(Path, Head(2).ToString()[..50]);

        var heads = Process();
        Assert.Equal([Head(1)], heads.Of(_file.ToString()));
        heads.Remember([Head(3)]);

        Assert.Equal([Head(1), Head(3)], heads.Of(_file.ToString()));
        Assert.Equal([Head(1), Head(3)], Process().Of(_file.ToString()));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("account 1")]
    [InlineData("account -1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("account 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa believed")]
    public void Of_DamagedLine_IsReportedAndNotTakenForNeverSeen(string line)
    {
        Process().Remember([Head(1)]);
        File.AppendAllText(Path, line + "\n");

        var error = Assert.Throws<VaultException>(() => Process().Of(_file.ToString()));

        Assert.Equal(VaultErrorCode.IntegrityFailed, error.Code);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Process().Remember([Head(2)]); // a send does not fail for it
    }

    [Fact]
    public void Remember_FileThatCannotBeWritten_KeepsItForTheNextTime()
    {
        Directory.CreateDirectory(Path); // in the file's place
        var heads = Process();
        heads.Remember([Head(1)]);
        Directory.Delete(Path);
        Assert.Equal([Head(1)], heads.Of(_file.ToString()));
        Assert.Equal([_file], heads.Files);

        heads.Remember([Head(2)]);

        Assert.Equal([Head(1), Head(2)], Process().Of(_file.ToString()));
        Assert.Equal([Head(1), Head(2)], heads.Of(_file.ToString()));
    }

    [Fact]
    public void Remember_VeryMany_ShortensTheFileAndStillConvicts()
    {
        var heads = Process();
        heads.Remember(Enumerable.Range(1, 25_000).Select(version => Head(version)));
        var kept = Process().Of(_file.ToString());
        Assert.InRange(kept.Count, 2, 100);
        Assert.Equal([Head(1), Head(25_000)], [kept[0], kept[^1]]);
        Assert.Equal(kept, heads.Of(_file.ToString()));
    }

    [SkippableFact]
    public void Remember_File_IsForItsOwnerAlone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Process().Remember([Head(1)]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        }
    }

    // Each process has its own, on the same folder.
    private SeenHeads Process() => new(_folder.File("state"), _account);

    private SeenHead Head(int version, char branch = 'a') => new(
        _file.ToString(), version, branch + version.ToString(CultureInfo.InvariantCulture).PadLeft(63, '0'), IsChecked: false);
}
