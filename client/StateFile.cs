using System.Text;
using Vault.Client.Files;

namespace Vault.Client;

/// <summary>A small text file in the person's state folder, of lines, readable by the person alone and safe beside other processes
/// that change it.</summary>
internal sealed class StateFile(string folder, string name)
{
    private const int Attempts = 50;

    /// <summary>Where it is.</summary>
    internal string FullPath { get; } = Path.Combine(folder, name);

    /// <summary>Its lines; none where there is no such file.</summary>
    internal string[] Read()
    {
        try
        {
            return File.ReadAllLines(FullPath);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Puts other lines in the place of those that stand there; whole or not at all.</summary>
    /// <param name="change">Called with the lines as they are when nobody else changes them; null leaves them.</param>
    internal void Change(Func<string[], IEnumerable<string>?> change)
    {
        PrivateFile.CreateFolder(folder);
        using var turn = Lock();
        if (change(Read()) is not { } lines)
        {
            return;
        }

        PrivateFile.Put(FullPath, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + Environment.NewLine))), overwrite: true);
    }

    /// <summary>What tells one state of the file from another; all zero where there is none.</summary>
    internal FileStamp Stamp => new FileInfo(FullPath) is { Exists: true } file ? new FileStamp(file.Length, file.LastWriteTimeUtc) : default;

    /// <summary>Adds lines behind those that stand there.</summary>
    /// <param name="lines">Called when nobody else changes the file.</param>
    /// <returns>The file's state before and after.</returns>
    internal (FileStamp Before, FileStamp After) Append(Func<IReadOnlyCollection<string>> lines)
    {
        PrivateFile.CreateFolder(folder);
        using var turn = Lock();
        var before = Stamp;
        var added = lines();
        using (var file = new FileStream(FullPath, PrivateFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite)))
        {
            CutTornLine(file);
            using var writer = new StreamWriter(file);
            foreach (var line in added)
            {
                writer.WriteLine(line);
            }
        }

        return (before, Stamp);
    }

    /// <summary>The lines of a file that is appended to: a last one without its end is still being written, or was never written whole.</summary>
    internal string[] ReadWholeLines()
    {
        try
        {
            // Shared with whoever writes meanwhile.
            using var reader = new StreamReader(new FileStream(FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            var text = reader.ReadToEnd();
            return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    // Leaves the file's position behind its last whole line.
    private static void CutTornLine(FileStream file)
    {
        var end = file.Length;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        file.SetLength(end);
        file.Position = end;
    }

    /// <summary>Deletes the file; there being none is no error.</summary>
    internal void Delete()
    {
        if (!File.Exists(FullPath))
        {
            return;
        }

        using (Lock())
        {
            File.Delete(FullPath);
        }

        File.Delete(FullPath + ".lock");
    }

    private FileStream Lock()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(FullPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(20); // another process writes its line
            }
        }
    }
}

/// <summary>A state of a file.</summary>
internal readonly record struct FileStamp(long Length, DateTime Written);
