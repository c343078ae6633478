namespace Vault.Tests.Support;

/// <summary>A folder of a test's own, removed with everything in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("vault-test-").FullName;

    /// <summary>A path inside.</summary>
    public string File(params ReadOnlySpan<string> names) => System.IO.Path.Combine([Path, .. names]);

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
