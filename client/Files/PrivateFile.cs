namespace Vault.Client.Files;

/// <summary>Writes a small file with secrets: for its owner alone, whole or not at all.</summary>
internal static class PrivateFile
{
    internal const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="path">Where.</param>
    /// <param name="content">Stays the caller's to zero.</param>
    /// <param name="overwrite">Replace a file that is there. The new one has its own mode: who could read the old one cannot read this.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void Write(string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        var target = TargetFile.Free(path, overwrite);
        var temporary = TargetFile.Beside(target, $"{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(temporary, Options()))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite);
        }
        catch (IOException error)
        {
            File.Delete(temporary);
            throw !overwrite && File.Exists(target) ? TargetFile.Exists(target) : TargetFile.Failure(target, error);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // No buffer: it would keep a copy.
    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return options;
    }
}
