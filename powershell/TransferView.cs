using System.Collections.Concurrent;
using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Shows how far a transfer of several files is: one bar for all of it and one for the file at hand.</summary>
/// <remarks>The transfer only leaves its newest figures here; the pipeline's thread looks at them a few times a second.
/// The engine itself shows nothing where <c>$ProgressPreference</c> is <c>SilentlyContinue</c>.</remarks>
/// <param name="cmdlet">Whose pipeline shows it.</param>
/// <param name="activity">What is done, in words.</param>
/// <param name="totalBytes">Of all files together.</param>
internal sealed class TransferView(Cmdlet cmdlet, string activity, long totalBytes) : IProgress<TransferProgress>
{
    // Any number that other commands are unlikely to use, so that nested bars stay apart.
    private const int TotalId = 7117, FileId = 7118;

    private readonly ConcurrentDictionary<string, TransferProgress> _moving = new(StringComparer.Ordinal);
    private long _doneBytes;

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
        var moving = _moving.Values.ToList();
        var done = Math.Min(totalBytes, _doneBytes + moving.Sum(file => file.Bytes));
        cmdlet.WriteProgress(new ProgressRecord(TotalId, activity, Of(done, totalBytes))
        {
            PercentComplete = Percent(done, totalBytes),
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
        foreach (var id in (ReadOnlySpan<int>)[FileId, TotalId])
        {
            cmdlet.WriteProgress(new ProgressRecord(id, activity, " ") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static string Of(long part, long whole) => $"{ReadableSize.Text(part)} of {ReadableSize.Text(whole)}";

    private static int Percent(long part, long whole) => whole <= 0 ? 100 : (int)Math.Clamp(part * 100.0 / whole, 0, 100);
}
