using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Vault.Storage.Local;

namespace Vault.Client.Files;

/// <summary>A file that appears under its name whole or not at all: written beside it, flushed, then renamed.</summary>
internal sealed class TargetFile : IDisposable
{
    // Windows knows no earlier time; whoever gave the file may have said any.
    private static readonly DateTime Earliest = new(1601, 1, 2, 0, 0, 0, DateTimeKind.Utc);

    private static readonly int[] DiskFullCodes = [28, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _overwrite;
    private readonly SafeFileHandle _handle;
    private readonly DirectFile _file;
    private bool _completed;
    private bool _kept;

    private TargetFile(string path, string temporary, bool overwrite, SafeFileHandle handle)
    {
        _path = path;
        _temporary = temporary;
        _overwrite = overwrite;
        _handle = handle;
        _file = DirectFile.Open(temporary, handle);
    }

    /// <summary>What is there already of an earlier attempt, in bytes.</summary>
    public long Length => RandomAccess.GetLength(_handle);

    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>.</exception>
    public static TargetFile Create(string path, bool overwrite)
    {
        var full = Free(path, overwrite);
        try
        {
            return Open(full, Beside(full, $"{Guid.NewGuid():N}"), overwrite, FileMode.CreateNew);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw Failure(full, error);
        }
    }

    /// <summary>The same, with what an earlier attempt at the same content left behind, if nobody else is writing it.</summary>
    /// <param name="content">Names the content; of the characters that any file name may have.</param>
    /// <inheritdoc cref="Create"/>
    public static TargetFile Continue(string path, bool overwrite, string content)
    {
        var full = Free(path, overwrite);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(full))).AsSpan(..8));
        try
        {
            return Open(full, Beside(full, $"{content}-{name}"), overwrite, FileMode.OpenOrCreate);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return Create(path, overwrite); // another process receives the same
        }
    }

    /// <summary>Fills the buffer with what is there already.</summary>
    public async Task ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await RandomAccess.ReadAsync(_handle, buffer, offset, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException($"'{_temporary}' became shorter while it was read.");
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <summary>Drops what is there behind an offset.</summary>
    public void Cut(long length) => RandomAccess.SetLength(_handle, length);

    /// <summary>Leaves what was written for <see cref="Continue"/>.</summary>
    public void Keep() => _kept = true;

    /// <summary>Writes a stretch of the content.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.DiskFull"/>.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> content, long offset, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(content, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw Failure(_path, error);
        }
    }

    /// <summary>Makes the file visible.</summary>
    public void Complete(DateTimeOffset modifiedAt)
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
            File.SetLastWriteTimeUtc(_handle, modifiedAt.UtcDateTime < Earliest ? Earliest : modifiedAt.UtcDateTime);
            _file.Dispose();
            File.Move(_temporary, _path, _overwrite);
            _completed = true;
        }
        catch (IOException) when (!_overwrite && File.Exists(_path))
        {
            throw Exists(_path);
        }
        catch (IOException error)
        {
            throw Failure(_path, error);
        }
    }

    /// <summary>Removes what was written, unless the file was completed.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_completed && !_kept)
        {
            File.Delete(_temporary);
        }
    }

    /// <summary>The full path, if something may be written there.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>.</exception>
    internal static string Free(string path, bool overwrite)
    {
        var full = Path.GetFullPath(path);
        return Directory.Exists(full) || (File.Exists(full) && !overwrite) ? throw Exists(full) : full;
    }

    /// <summary>Where what is written under a path lies until it is whole.</summary>
    internal static string Beside(string full, string name) =>
        Path.Combine(Path.GetDirectoryName(full) ?? ".", $".{name}.vault-part");

    private static TargetFile Open(string full, string temporary, bool overwrite, FileMode mode) => new(
        full, temporary, overwrite, File.OpenHandle(temporary, mode, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous));

    /// <summary>What is told where a path could not be written.</summary>
    internal static Exception Failure(string path, IOException error) => DiskFullCodes.Contains(error.HResult)
        ? new VaultException(
            VaultErrorCode.DiskFull, $"The disk is full: '{path}' was not written, and nothing was left behind.", "Make room, or choose another destination.", error)
        : error;

    /// <summary>What is told where something has the path already.</summary>
    internal static VaultException Exists(string path) =>
        new(VaultErrorCode.TargetExists, $"'{path}' exists already.", "Choose another destination, or replace it with -Force.");
}
