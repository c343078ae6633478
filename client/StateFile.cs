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
        CreateFolder();
        using var turn = Lock();
        if (change(Read()) is not { } lines)
        {
            return;
        }

        var temporary = $"{FullPath}.{Guid.NewGuid():N}";
        using (var writer = new StreamWriter(temporary, ForTheOwnerOnly()))
        {
            foreach (var line in lines)
            {
                writer.WriteLine(line);
            }
        }

        File.Move(temporary, FullPath, overwrite: true);
    }

    /// <summary>Adds lines behind those that stand there.</summary>
    /// <returns>About how many lines there are now.</returns>
    internal long Append(IReadOnlyCollection<string> lines)
    {
        CreateFolder();
        using var turn = Lock();
        var options = ForTheOwnerOnly();
        options.Mode = FileMode.Append;
        using var file = new FileStream(FullPath, options);
        using var writer = new StreamWriter(file);
        foreach (var line in lines)
        {
            writer.WriteLine(line);
        }

        writer.Flush();
        return file.Length / Math.Max(1, lines.Max(line => line.Length + 1));
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

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Where somebody signs in is nobody else's business.
    private static FileStreamOptions ForTheOwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
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
