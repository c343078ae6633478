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
        RequireEmptyWhereItSaysSo();
    }

    public long Length { get; }

    public DateTime ModifiedAt { get; }

    /// <exception cref="VaultException"><see cref="VaultErrorCode.InvalidRequest"/>: a pipe or a terminal;
    /// <see cref="VaultErrorCode.SourceChanged"/>: it has content and says that it has none, as files of /proc do.</exception>
    public static Source Open(string path)
    {
        if (LengthOf(path) == 0)
        {
            PipeFile.Refuse(path);
        }

        var handle = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            return new Source(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The file that a path leads to, through links: a link itself has another length and time. Null where there is none.</summary>
    public static FileInfo? Find(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var target = file.Exists && file.Attributes.HasFlag(FileAttributes.ReparsePoint)
                ? file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file
                : file;
            return target.Exists ? target : null;
        }
        catch (IOException)
        {
            return null; // links that lead round in a circle: what opens it says so
        }
    }

    /// <summary>How long the file is that a path leads to, in bytes; 0 where there is none.</summary>
    public static long LengthOf(string path) => Find(path)?.Length ?? 0;

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

    // What the system makes up as it is read says that it is empty: an empty file stored in its place would be lost content.
    private void RequireEmptyWhereItSaysSo()
    {
        if (Length == 0 && RandomAccess.Read(_handle, stackalloc byte[1], 0) > 0)
        {
            throw new VaultException(
                VaultErrorCode.SourceChanged, $"'{_path}' says that it is empty, and is not; nothing was stored.",
                "Send it when nobody writes to it. Of a file that the system makes up as it is read, as in /proc, send a copy.");
        }
    }

    /// <summary>What is told where the file is not what it was.</summary>
    public VaultException Changed() => new(
        VaultErrorCode.SourceChanged, $"'{_path}' changed while it was being sent; nothing was stored.", "Send it again when nobody writes to it.");
}
