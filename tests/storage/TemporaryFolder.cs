namespace Vault.Storage.Tests;

/// <summary>A folder of its own for one test, deleted with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("vault-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string[] Files() => Directory.GetFiles(Path, "*", SearchOption.AllDirectories);
}
