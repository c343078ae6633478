using Microsoft.Win32.SafeHandles;

namespace Vault.Client.Files;

/// <summary>A file that is being sent, opened once; notices when it changes meanwhile.</summary>
internal sealed class Source : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private Source(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
        ModifiedAt = File.GetLastWriteTimeUtc(handle);
    }

    public long Length { get; }

    public DateTime ModifiedAt { get; }

    public static Source Open(string path) => new(
        path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan));

    /// <summary>Fills the buffer from <paramref name="offset"/>.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.SourceChanged"/>: the file became shorter.</exception>
    public async Task ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await RandomAccess.ReadAsync(_handle, buffer, offset, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw Changed();
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <exception cref="VaultException"><see cref="VaultErrorCode.SourceChanged"/>.</exception>
    public void RequireUnchanged()
    {
        if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle) != ModifiedAt)
        {
            throw Changed();
        }
    }

    public void Dispose() => _handle.Dispose();

    private VaultException Changed() => new(
        VaultErrorCode.SourceChanged, $"'{_path}' changed while it was being sent; nothing was stored.", "Send it again when nobody writes to it.");
}
