using System.Diagnostics;

namespace Vault.Tests.Support;

/// <summary>A file system of a few mebibytes that really fills up: a tmpfs, which root can mount on Linux.</summary>
public sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    /// <summary>Mounts it, or skips the test and says why.</summary>
    /// <param name="mebibytes">Its size.</param>
    public static SmallDisk MountOrSkip(int mebibytes = 1)
    {
        Skip.IfNot(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a small disk takes root on Linux.");
        var path = Directory.CreateTempSubdirectory("vault-small-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", path) != 0)
        {
            Directory.Delete(path);
            Skip.If(true, "This system does not let root mount a tmpfs.");
        }

        return new SmallDisk(path);
    }

    /// <summary>Takes all but this much of the space; delete the file to give it back.</summary>
    public string FillExcept(int bytes)
    {
        var filler = System.IO.Path.Combine(Path, "filler");
        var free = new DriveInfo(Path).AvailableFreeSpace;
        using var file = new FileStream(filler, FileMode.Create);
        file.Write(new byte[Math.Max(0, free - bytes)]);
        return filler;
    }

    /// <summary>Lets a file on it grow and do nothing else, also for who has it open; or skips the test and says why.</summary>
    public static void MakeAppendOnlyOrSkip(string file)
    {
        const string chattr = "/usr/bin/chattr";
        Skip.IfNot(File.Exists(chattr) && Run(chattr, "+a", file) == 0, "This system does not let root make a file append-only.");
    }

    private static int Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{command} did not start.");
        process.WaitForExit();
        return process.ExitCode;
    }
}
