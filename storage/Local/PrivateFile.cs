namespace Vault.Storage.Local;

/// <summary>Small files for their owner alone that must outlive a power cut, such as key files.</summary>
public static class PrivateFile
{
    /// <summary>The mode of such a file: nobody else reads or writes it.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode MountedSecret = UnixFileMode.UserRead | UnixFileMode.GroupRead;

    /// <summary>Whether nobody but its owner has access to a file.</summary>
    /// <remarks>0440 is let through: a secret that an orchestrator mounts belongs to root and the process's own group, and nobody can write it.</remarks>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be seen.</exception>
    public static bool IsPrivate(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) is var mode && ((mode & ~Mode) == 0 || mode == MountedSecret));

    /// <summary>Writes a new file: whole and durable, or not at all, and never in place of another.</summary>
    /// <exception cref="IOException">There is a file at this path already, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        var target = Path.GetFullPath(path);
        var temporary = $"{target}.{Guid.NewGuid():N}.new";
        try
        {
            using (var file = new FileStream(temporary, Options()))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: false);
        }
        catch
        {
            LocalFile.DeleteIfPossible(temporary);
            throw;
        }

        LocalFile.SyncDirectory(Path.GetDirectoryName(target)!); // a file is in a folder
    }

    /// <summary>Makes a folder for its owner alone, unless it is there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateFolder(string path)
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

    private static FileStreamOptions Options()
    {
        // No buffer: what passes through may be a secret, and a buffer would keep a copy.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return options;
    }
}
