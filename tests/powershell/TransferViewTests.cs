using System.Management.Automation;
using Vault.Client;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>What a person reads while files are moved.</summary>
public sealed class TransferViewTests
{
    private const long Mebibyte = 1024 * 1024;

    private readonly ManualTime _time = new();
    private readonly List<ProgressRecord> _shown = [];

    [Fact]
    public void Tick_OneFile_ShowsItsNameBytesRateAndTimeLeftInOneBar()
    {
        var view = View(1, 100 * Mebibyte);
        view.Report(new TransferProgress("plan.pdf", 20 * Mebibyte, 100 * Mebibyte));
        Tick(view, 1);

        var bar = Assert.Single(_shown);
        Assert.Equal(("Sending", "plan.pdf: 20.0 MiB of 100.0 MiB, 20.0 MiB/s"), (bar.Activity, bar.StatusDescription));
        Assert.Equal((20, 4), (bar.PercentComplete, bar.SecondsRemaining));
    }

    [Fact]
    public void Tick_SeveralFiles_ShowsTheTotalAndTheFileThatTakesLongest()
    {
        var view = View(3, 100 * Mebibyte);
        view.Report(new TransferProgress("done.pdf", 30 * Mebibyte, 30 * Mebibyte));
        view.FileEnded("done.pdf", 30 * Mebibyte);
        view.Report(new TransferProgress("short.pdf", 9 * Mebibyte, 10 * Mebibyte));
        view.Report(new TransferProgress("long.pdf", 15 * Mebibyte, 60 * Mebibyte));
        Tick(view, 2);

        Assert.Equal(2, _shown.Count);
        Assert.Equal("1 of 3 files, 54.0 MiB of 100.0 MiB, 27.0 MiB/s", _shown[0].StatusDescription);
        Assert.Equal(("long.pdf", "15.0 MiB of 60.0 MiB", 25), (_shown[1].Activity, _shown[1].StatusDescription, _shown[1].PercentComplete));
        Assert.Equal(_shown[0].ActivityId, _shown[1].ParentActivityId);
    }

    [Fact]
    public void Tick_NothingMovedYet_ShowsNoRate()
    {
        Tick(View(1, 0), 1);
        Assert.Equal("0 B of 0 B", Assert.Single(_shown).StatusDescription);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void End_BarsWereShown_TakesEachAwayOnce(int files)
    {
        var view = View(files, Mebibyte);
        view.Report(new TransferProgress("a.txt", 1, Mebibyte));
        Tick(view, 1);
        var bars = _shown.Select(record => record.ActivityId).Order().ToList();
        _shown.Clear();

        view.End();
        view.End();

        Assert.Equal(bars, _shown.Select(record => record.ActivityId).Order());
        Assert.All(_shown, record => Assert.Equal(ProgressRecordType.Completed, record.RecordType));
    }

    [Fact]
    public void End_NothingWasShown_SaysNothing()
    {
        var view = View(2, Mebibyte);
        view.Report(new TransferProgress("a.txt", 1, Mebibyte));
        view.End();
        Assert.Empty(_shown);
    }

    [Fact]
    public void NobodyLooks_TheTransferIsNotAskedAndNothingTicks()
    {
        var view = new TransferView(null, "Sending", 1, Mebibyte, _time);
        view.FileEnded("a.txt", Mebibyte);
        view.End();
        Assert.Null(view.Progress);
        Assert.Null(view.Tick);
    }

    private TransferView View(int files, long bytes) => new(_shown.Add, "Sending", files, bytes, _time);

    private void Tick(TransferView view, int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.NotNull(view.Tick);
        view.Tick();
    }
}
