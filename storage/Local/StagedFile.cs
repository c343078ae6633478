using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// The content of an upload, open for one part: whole blocks go straight to the disk where it can be, and the few bytes before and
/// behind them, whose blocks belong to two parts, through the page cache.
/// </summary>
internal sealed class StagedFile(SafeFileHandle cached, SafeFileHandle? direct) : IDisposable
{
    private SafeFileHandle? _direct = direct;

    /// <summary>How many bytes to gather before the next write, at most <see cref="AlignedBuffer.Length"/>.</summary>
    internal static int NextLength(long offset, int remaining)
    {
        var beyond = (int)(offset % DirectFile.BlockSize);
        if (beyond != 0)
        {
            return Math.Min(remaining, DirectFile.BlockSize - beyond);
        }

        var length = Math.Min(remaining, AlignedBuffer.Length);
        return length < DirectFile.BlockSize ? length : length - (length % DirectFile.BlockSize);
    }

    /// <summary>Writes what was gathered in an <see cref="AlignedBuffer"/>.</summary>
    /// <exception cref="IOException">The file system does not take it.</exception>
    internal async ValueTask WriteAsync(ReadOnlyMemory<byte> chunk, long offset, CancellationToken cancellationToken)
    {
        if (_direct is not null && offset % DirectFile.BlockSize == 0 && chunk.Length % DirectFile.BlockSize == 0)
        {
            try
            {
                await RandomAccess.WriteAsync(_direct, chunk, offset, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (IOException error) when (DirectFile.IsRefused(error))
            {
                _direct.Dispose(); // as if it had never been there
                _direct = null;
            }
        }

        await RandomAccess.WriteAsync(cached, chunk, offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for a part's bytes to be on their way to the disk, for the commit's sync to find little left.</summary>
    internal void BeginWriteBack(BlobPart part)
    {
        if (_direct is null)
        {
            Posix.BeginWriteBack(cached, part.Offset, part.Length);
        }
    }

    public void Dispose()
    {
        cached.Dispose();
        _direct?.Dispose();
    }
}
