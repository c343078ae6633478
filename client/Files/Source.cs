using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Vault.Client.Files;

/// <summary>A file that is being sent, opened once; notices when it changes meanwhile.</summary>
internal sealed class Source : IDisposable
{
    private const int BufferLength = 1024 * 1024;

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

    /// <summary>SHA-256 of all of it.</summary>
    public async Task<byte[]> HashAsync(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferLength];
        try
        {
            for (var offset = 0L; offset < Length;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, Length - offset));
                await ReadAsync(piece, offset, cancellationToken).ConfigureAwait(false);
                hash.AppendData(piece.Span);
                offset += piece.Length;
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
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

    /// <summary>What is told where the file is not what it was.</summary>
    public VaultException Changed() => new(
        VaultErrorCode.SourceChanged, $"'{_path}' changed while it was being sent; nothing was stored.", "Send it again when nobody writes to it.");
}
