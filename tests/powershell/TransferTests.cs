using System.Diagnostics;
using System.Management.Automation;
using System.Security.Cryptography;

namespace Vault.PowerShell.Tests;

/// <summary>Whole folders there and back: what is the same is passed over, what fails is told, and the rest goes on.</summary>
public sealed class TransferTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VaultShell _shell;

    public TransferTests(Server server) => _shell = server.SignedUp();

    [Fact]
    public void Send_SkipUnchanged_SendsOnlyWhatChanged()
    {
        for (var number = 0; number < 40; number++)
        {
            _folder.Write($"tree/{number % 4}/{number}.txt");
        }

        const string Line = "param($p) Send-VaultFile $p -Recurse -SkipUnchanged -Report";
        Assert.Equal((40, 0), Count(_shell.Run(Line, _folder.At("tree")).MustSucceed(), "Sent"));
        Assert.Equal((0, 40), Count(_shell.Run(Line, _folder.At("tree")).MustSucceed(), "Sent"));

        File.AppendAllText(_folder.At("tree/1/1.txt"), "more");
        File.SetLastWriteTimeUtc(_folder.At("tree/2/2.txt"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Assert.Equal((2, 38), Count(_shell.Run(Line, _folder.At("tree")).MustSucceed(), "Sent"));
        Assert.Equal(["2", "2"], _shell.Run("(Get-VaultFile tree/*/1.txt).Version; (Get-VaultFile tree/*/2.txt).Version").Texts);
    }

    [Fact]
    public void Receive_SkipUnchanged_FetchesOnlyWhatChangedAndKeepsTimes()
    {
        _folder.Write("tree/a.txt");
        _folder.Write("tree/sub/b.txt");
        File.SetLastWriteTimeUtc(_folder.At("tree/a.txt"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        _shell.Run("param($p) Send-VaultFile $p -Recurse", _folder.At("tree")).MustSucceed();

        const string Line = "param($d) Get-VaultFile | Receive-VaultFile -Destination $d -SkipUnchanged -Report";
        Assert.Equal((2, 0), Count(_shell.Run(Line, _folder.At("back")).MustSucceed(), "Received"));
        Assert.Equal(_folder.Hashes("tree"), _folder.Hashes("back/tree"));
        Assert.Equal(2020, File.GetLastWriteTimeUtc(_folder.At("back/tree/a.txt")).Year);
        Assert.Equal((0, 2), Count(_shell.Run(Line, _folder.At("back")).MustSucceed(), "Received"));
        File.AppendAllText(_folder.At("back/tree/a.txt"), "mine");
        Assert.Equal((1, 1), Count(_shell.Run(Line, _folder.At("back")).MustSucceed(), "Received"));
        Assert.Equal(_folder.Hashes("tree"), _folder.Hashes("back/tree"));
    }

    [Fact]
    public void Receive_OneTargetInTheWay_IsReportedAndTheRestIsThere()
    {
        _folder.Write("a.txt");
        _folder.Write("b.txt");
        _folder.Write("c.txt");
        _shell.Run("param($p) Send-VaultFile $p", _folder.At("*.txt")).MustSucceed();
        _folder.Write("back/b.txt", [7]);

        var result = _shell.Run("param($d) Get-VaultFile | Receive-VaultFile -Destination $d -Report; $?", _folder.At("back"));

        Assert.StartsWith("target_exists,", result.MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("False", result.Texts.Last());
        var failed = Assert.Single(result.Output, line => line.Properties["Status"]?.Value?.ToString() == "Failed");
        Assert.Equal("b.txt", failed.Properties["Name"].Value);
        Assert.Contains("exists already", (string)failed.Properties["Reason"].Value, StringComparison.Ordinal);
        Assert.Equal(3, _folder.Hashes("back").Count);
    }

    [Fact]
    public void Receive_Range_WritesOnlyThatStretch()
    {
        var content = RandomNumberGenerator.GetBytes(9_000_000);
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("a.bin", content)).MustSucceed();

        _shell.Run("param($d) Receive-VaultFile a.bin $d -Range 5000000-5000999", _folder.At("b.bin")).MustSucceed();

        Assert.Equal(content[5_000_000..5_001_000], File.ReadAllBytes(_folder.At("b.bin")));
        var error = _shell.RunToError("param($d) Receive-VaultFile a.bin $d -Range 5-4", _folder.At("c.bin"));
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_LongTransfer_IsShownAtMostTwiceASecondAndTakenAway()
    {
        var path = Sparse("large.bin", 700);
        var clock = Stopwatch.StartNew();
        _shell.Run("param($p) Send-VaultFile $p -ThrottleLimit 1", path).MustSucceed();
        var shown = _shell.Host.Progress.Where(record => record.Activity == "Sending to the vault").ToList();
        var bars = shown.Where(record => record.RecordType == ProgressRecordType.Processing).ToList();

        Assert.NotEmpty(bars);
        Assert.True(bars.Count <= clock.Elapsed.TotalSeconds * 2, $"{bars.Count} in {clock.Elapsed}.");
        Assert.All(bars, bar => Assert.Matches("^(large.bin: )?[0-9.]+ [A-Za-z]+ of 700.0 MiB", bar.StatusDescription));
        Assert.Contains(bars, bar => bar.StatusDescription.EndsWith("/s", StringComparison.Ordinal) && bar.SecondsRemaining >= 0);
        Assert.Equal(ProgressRecordType.Completed, shown[^1].RecordType);
        Assert.Single(shown, record => record.RecordType == ProgressRecordType.Completed);
    }

    [Fact]
    public async Task Progress_SeveralFiles_ShowsTheTotalAndTheFileAtHand()
    {
        // Far more than can be sent before the bars are there.
        var (first, second) = (Sparse("first.bin", 8192), Sparse("second.bin", 8192));
        await _shell.RunAndStopAsync(() => _shell.Host.Progress.Count >= 4, "param($a, $b) Send-VaultFile $a, $b", first, second);
        var total = _shell.Host.Progress.Last(record => record.Activity == "Sending to the vault");
        var file = _shell.Host.Progress.Last(record => record.Activity.EndsWith(".bin", StringComparison.Ordinal));

        Assert.StartsWith("0 of 2 files, ", total.StatusDescription, StringComparison.Ordinal);
        Assert.Contains(" of 16.0 GiB, ", total.StatusDescription, StringComparison.Ordinal);
        Assert.EndsWith(" of 8.0 GiB", file.StatusDescription, StringComparison.Ordinal);
        Assert.Equal(total.ActivityId, file.ParentActivityId);
    }

    [Theory]
    [InlineData("$ProgressPreference = 'SilentlyContinue'; Send-VaultFile $p")]
    [InlineData("Send-VaultFile $p -ProgressAction SilentlyContinue")]
    public void Progress_NobodyLooks_ShowsNothing(string line)
    {
        _shell.Run("param($p) " + line, Sparse("large.bin", 500)).MustSucceed();
        Assert.Empty(_shell.Host.Progress);
    }

    [Fact]
    public void Progress_QuickTransfer_ShowsNothing()
    {
        var path = _folder.Write("small.txt");
        var clock = Stopwatch.StartNew();
        _shell.Run("param($p) Send-VaultFile $p", path).MustSucceed();
        if (clock.Elapsed < PipelinePump.FirstTick) // else this machine was so busy that it was not quick
        {
            Assert.Empty(_shell.Host.Progress);
        }
    }

    public void Dispose()
    {
        _shell.Dispose();
        _folder.Dispose();
    }

    // Takes its time to send, and no space here.
    private string Sparse(string name, int mebibytes)
    {
        var path = _folder.Write(name, []);
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(mebibytes * 1024L * 1024);
        return path;
    }

    private static (int Moved, int Skipped) Count(ShellResult result, string moved)
    {
        var statuses = result.Output.Select(line => line.Properties["Status"].Value.ToString()).ToList();
        Assert.All(statuses, status => Assert.Contains(status, (string?[])[moved, "Skipped"]));
        return (statuses.Count(status => status == moved), statuses.Count(status => status == "Skipped"));
    }
}
