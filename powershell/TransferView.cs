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

    private TransferProgress? _latest;
    private long _doneBytes;

    /// <summary>Called by the transfer, from any thread, as often as it likes.</summary>
    public void Report(TransferProgress value) => Volatile.Write(ref _latest, value);

    /// <summary>Counts a file as over, whether it was moved or failed.</summary>
    public void FileEnded(long bytes)
    {
        _doneBytes += bytes;
        Volatile.Write(ref _latest, null);
    }

    /// <summary>Shows where the transfer is; on the pipeline's thread.</summary>
    public void Show()
    {
        var file = Volatile.Read(ref _latest);
        var done = Math.Min(totalBytes, _doneBytes + (file?.Bytes ?? 0));
        cmdlet.WriteProgress(new ProgressRecord(TotalId, activity, $"{ReadableSize.Text(done)} of {ReadableSize.Text(totalBytes)}")
        {
            PercentComplete = Percent(done, totalBytes),
        });
        if (file is not null)
        {
            cmdlet.WriteProgress(new ProgressRecord(FileId, file.Name, $"{ReadableSize.Text(file.Bytes)} of {ReadableSize.Text(file.TotalBytes)}")
            {
                ParentActivityId = TotalId,
                PercentComplete = Percent(file.Bytes, file.TotalBytes),
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

    private static int Percent(long part, long whole) => whole <= 0 ? 100 : (int)Math.Clamp(part * 100.0 / whole, 0, 100);
}
