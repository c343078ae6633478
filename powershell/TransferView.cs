using System.Collections.Concurrent;
using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Shows how far a transfer is: one bar for all of it and, of several files, one for the file at hand.</summary>
/// <remarks>The transfer only leaves its newest figures here; the pipeline's thread looks at them when <see cref="PipelinePump"/> ticks.
/// Where nobody looks, the transfer is not even asked and nothing ticks.</remarks>
internal sealed class TransferView : IProgress<TransferProgress>
{
    // Any number that other commands are unlikely to use, so that nested bars stay apart.
    private const int TotalId = 7117, FileId = 7118;

    private readonly ConcurrentDictionary<string, TransferProgress> _moving = new(StringComparer.Ordinal);
    private readonly Action<ProgressRecord>? _write;
    private readonly string _activity;
    private readonly int _fileCount;
    private readonly long _totalBytes;
    private readonly TransferRate _rate;

    private int _doneFiles;
    private long _doneBytes;
    private bool _isTotalShown, _isFileShown;

    /// <param name="write">Shows a bar; null where nobody looks.</param>
    /// <param name="activity">What is done, in words.</param>
    /// <param name="fileCount">How many files are moved.</param>
    /// <param name="totalBytes">Of all files together.</param>
    /// <param name="time">What rates are measured by.</param>
    public TransferView(Action<ProgressRecord>? write, string activity, int fileCount, long totalBytes, TimeProvider time)
    {
        (_write, _activity, _fileCount, _totalBytes, _rate) = (write, activity, fileCount, totalBytes, new TransferRate(time));
        _rate.Measure(0);
    }

    /// <summary>What the transfer tells its figures; null where nobody looks.</summary>
    public IProgress<TransferProgress>? Progress => _write is null ? null : this;

    /// <summary>Shows where the transfer is, on the pipeline's thread; null where nobody looks.</summary>
    public Action? Tick => _write is null ? null : Show;

    /// <summary>The view of a cmdlet's transfer, in the pipeline that the cmdlet is in.</summary>
    public static TransferView Of(PSCmdlet cmdlet, string activity, int fileCount, long totalBytes) =>
        new(IsSeen(cmdlet) ? cmdlet.WriteProgress : null, activity, fileCount, totalBytes, TimeProvider.System);

    /// <summary>Called by the transfer, from any thread, as often as it likes.</summary>
    public void Report(TransferProgress value) => _moving[value.Name] = value;

    /// <summary>Counts a file as over, whether it was moved or failed; on the pipeline's thread.</summary>
    public void FileEnded(string name, long bytes)
    {
        _moving.TryRemove(name, out _);
        _doneFiles++;
        _doneBytes += bytes;
    }

    /// <summary>Takes the bars away, if there are any; on the pipeline's thread.</summary>
    public void End()
    {
        Complete(FileId, ref _isFileShown);
        Complete(TotalId, ref _isTotalShown);
    }

    // A console draws nothing once its output goes elsewhere: what would be told to it costs and is not seen.
    private static bool IsSeen(PSCmdlet cmdlet)
    {
        if (cmdlet.Host.Name == "ConsoleHost" && Console.IsOutputRedirected)
        {
            return false;
        }

        var preference = cmdlet.MyInvocation.BoundParameters.TryGetValue("ProgressAction", out var action)
            ? action
            : cmdlet.SessionState.PSVariable.GetValue("ProgressPreference");
        return preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore or "SilentlyContinue" or "Ignore");
    }

    private void Show()
    {
        var moving = _moving.Values.ToList();
        var done = Math.Min(_totalBytes, _doneBytes + moving.Sum(file => file.Bytes));
        var perSecond = _rate.Measure(done);
        var speed = perSecond > 0 ? $", {ReadableSize.Text((long)perSecond)}/s" : "";
        var longest = moving.MaxBy(file => file.TotalBytes - file.Bytes); // of several under way, the one that takes longest
        var which = _fileCount > 1 ? $"{_doneFiles} of {_fileCount} files, " : longest is null ? "" : $"{longest.Name}: ";
        _write?.Invoke(new ProgressRecord(TotalId, _activity, which + Of(done, _totalBytes) + speed)
        {
            PercentComplete = Percent(done, _totalBytes),
            SecondsRemaining = perSecond > 0 ? (int)Math.Min(int.MaxValue, (_totalBytes - done) / perSecond) : -1,
        });
        _isTotalShown = true;

        if (_fileCount > 1 && longest is not null)
        {
            _write?.Invoke(new ProgressRecord(FileId, longest.Name, Of(longest.Bytes, longest.TotalBytes))
            {
                ParentActivityId = TotalId,
                PercentComplete = Percent(longest.Bytes, longest.TotalBytes),
            });
            _isFileShown = true;
        }
    }

    private void Complete(int id, ref bool isShown)
    {
        if (isShown)
        {
            _write?.Invoke(new ProgressRecord(id, _activity, " ") { RecordType = ProgressRecordType.Completed });
            isShown = false;
        }
    }

    private static string Of(long part, long whole) => $"{ReadableSize.Text(part)} of {ReadableSize.Text(whole)}";

    private static int Percent(long part, long whole) => whole <= 0 ? 100 : (int)Math.Clamp(part * 100.0 / whole, 0, 100);
}
