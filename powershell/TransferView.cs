using System.Collections.Concurrent;
using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Shows how far a transfer of several files is: one bar for all of it and one for the file at hand.</summary>
/// <remarks>The transfer only leaves its newest figures here; the pipeline's thread looks at them a few times a second.
/// Where <c>$ProgressPreference</c> says that nobody looks, the transfer is not even asked.</remarks>
/// <param name="cmdlet">Whose pipeline shows it.</param>
/// <param name="activity">What is done, in words.</param>
/// <param name="totalBytes">Of all files together.</param>
internal sealed class TransferView(PSCmdlet cmdlet, string activity, long totalBytes) : IProgress<TransferProgress>
{
    // Any number that other commands are unlikely to use, so that nested bars stay apart.
    private const int TotalId = 7117, FileId = 7118;

    private readonly ConcurrentDictionary<string, TransferProgress> _moving = new(StringComparer.Ordinal);
    private readonly TransferRate _rate = new(TimeProvider.System);
    private readonly bool _isSeen = cmdlet.SessionState.PSVariable.GetValue("ProgressPreference") is not
        (ActionPreference.SilentlyContinue or ActionPreference.Ignore or "SilentlyContinue" or "Ignore");

    private long _doneBytes;

    /// <summary>What the transfer tells its figures; null where nobody looks.</summary>
    public IProgress<TransferProgress>? Progress => _isSeen ? this : null;

    /// <summary>Called by the transfer, from any thread, as often as it likes.</summary>
    public void Report(TransferProgress value) => _moving[value.Name] = value;

    /// <summary>Counts a file as over, whether it was moved or failed; on the pipeline's thread.</summary>
    public void FileEnded(string name, long bytes)
    {
        _moving.TryRemove(name, out _);
        _doneBytes += bytes;
    }

    /// <summary>Shows where the transfer is; on the pipeline's thread.</summary>
    public void Show()
    {
        if (!_isSeen)
        {
            return;
        }

        var moving = _moving.Values.ToList();
        var done = Math.Min(totalBytes, _doneBytes + moving.Sum(file => file.Bytes));
        var perSecond = _rate.Measure(done);
        var speed = perSecond > 0 ? $", {ReadableSize.Text((long)perSecond)}/s" : "";
        cmdlet.WriteProgress(new ProgressRecord(TotalId, activity, Of(done, totalBytes) + speed)
        {
            PercentComplete = Percent(done, totalBytes),
            SecondsRemaining = perSecond > 0 ? (int)Math.Min(int.MaxValue, (totalBytes - done) / perSecond) : -1,
        });

        // Of several files under way, the one that takes longest.
        if (moving.MaxBy(file => file.TotalBytes - file.Bytes) is { } longest)
        {
            cmdlet.WriteProgress(new ProgressRecord(FileId, longest.Name, Of(longest.Bytes, longest.TotalBytes))
            {
                ParentActivityId = TotalId,
                PercentComplete = Percent(longest.Bytes, longest.TotalBytes),
            });
        }
    }

    /// <summary>Takes the bars away.</summary>
    public void End()
    {
        if (!_isSeen)
        {
            return;
        }

        foreach (var id in (ReadOnlySpan<int>)[FileId, TotalId])
        {
            cmdlet.WriteProgress(new ProgressRecord(id, activity, " ") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static string Of(long part, long whole) => $"{ReadableSize.Text(part)} of {ReadableSize.Text(whole)}";

    private static int Percent(long part, long whole) => whole <= 0 ? 100 : (int)Math.Clamp(part * 100.0 / whole, 0, 100);
}
