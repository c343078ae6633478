using Microsoft.Win32.SafeHandles;
using Vault.Storage.Local;

namespace Vault.Client.Files;

/// <summary>A file that appears under its name whole or not at all: written beside it, flushed, then renamed.</summary>
internal sealed class TargetFile : IDisposable
{
    private static readonly int[] DiskFullCodes = [28, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _overwrite;
    private readonly SafeFileHandle _handle;
    private readonly DirectFile _file;
    private bool _completed;

    private TargetFile(string path, string temporary, bool overwrite, SafeFileHandle handle)
    {
        _path = path;
        _temporary = temporary;
        _overwrite = overwrite;
        _handle = handle;
        _file = DirectFile.Open(temporary, handle);
    }

    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>.</exception>
    public static TargetFile Create(string path, bool overwrite)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full) || (File.Exists(full) && !overwrite))
        {
            throw Exists(full);
        }

        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? ".", $".{Guid.NewGuid():N}.vault-part");
        try
        {
            return new TargetFile(
                full, temporary, overwrite, File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous));
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw Failure(full, error);
        }
    }

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
            File.SetLastWriteTimeUtc(_handle, modifiedAt.UtcDateTime);
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
        if (!_completed)
        {
            File.Delete(_temporary);
        }
    }

    private static Exception Failure(string path, IOException error) => DiskFullCodes.Contains(error.HResult)
        ? new VaultException(
            VaultErrorCode.DiskFull, $"The disk is full: '{path}' was not written, and nothing was left behind.", "Make room, or choose another destination.", error)
        : error;

    private static VaultException Exists(string path) =>
        new(VaultErrorCode.TargetExists, $"'{path}' exists already.", "Choose another destination, or replace it with -Force.");
}
