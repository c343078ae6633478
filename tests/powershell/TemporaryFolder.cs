using System.Security.Cryptography;

namespace Vault.PowerShell.Tests;

/// <summary>A folder of the test's own, deleted with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("vault-powershell-").FullName;

    public string At(string name) => Path.GetFullPath(Path.Combine(Root, name));

    public string Write(string name) => Write(name, System.Text.Encoding.UTF8.GetBytes($"this is {name}\n"));

    public string Write(string name, byte[] content)
    {
        var path = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Every file below <paramref name="name"/>: its relative path and the SHA-256 of its content.</summary>
    public SortedDictionary<string, string> Hashes(string name = ".") => new(
        Directory.EnumerateFiles(At(name), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .ToDictionary(
                path => Path.GetRelativePath(At(name), path).Replace('\\', '/'),
                path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))),
        StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
