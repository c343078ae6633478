namespace Vault.Client.Files;

/// <summary>Files and folders of this machine for their owner alone.</summary>
internal static class PrivateFile
{
    internal const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a small file with secrets, whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">Stays the caller's to zero.</param>
    /// <param name="overwrite">Replace a file that is there. The new one has its own mode: who could read the old one cannot read this.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void Write(string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        var target = TargetFile.Free(path, overwrite);
        try
        {
            Put(target, content, overwrite);
        }
        catch (IOException error)
        {
            throw !overwrite && File.Exists(target) ? TargetFile.Exists(target) : TargetFile.Failure(target, error);
        }
    }

    /// <summary>The same for what is no person's to name: it says no more than what the file system does.</summary>
    /// <exception cref="IOException">It cannot be written, or is there already; what was there is there still, and nothing else.</exception>
    internal static void Put(string target, ReadOnlySpan<byte> content, bool overwrite)
    {
        var temporary = TargetFile.Beside(target, $"{Guid.NewGuid():N}");
        var options = Options(FileMode.CreateNew, FileAccess.Write);
        options.BufferSize = 0; // it would keep a copy
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite);
        }
        finally
        {
            File.Delete(temporary); // where it was moved there is none
        }
    }

    /// <summary>How a file is opened so that, where it is made, it is its owner's alone.</summary>
    internal static FileStreamOptions Options(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return options;
    }

    /// <summary>Makes a folder for its owner alone, unless it is there.</summary>
    internal static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Mode | UnixFileMode.UserExecute);
        }
    }
}
