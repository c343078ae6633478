using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

public sealed class LocalDataFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Open_HeldByThisProcess_IsInUse()
    {
        using var folder = LocalDataFolder.Open(_temporary.Path);
        var error = Assert.Throws<StorageException>(() => LocalDataFolder.Open(_temporary.Path));
        Assert.Equal(StorageError.InUse, error.Reason);
        Assert.Contains(_temporary.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_HeldByAnotherProcess_IsInUseUntilThatIsGone()
    {
        using var child = Child.Start("hold", _temporary.Path);
        Assert.Equal("held", await child.Output.ReadLineAsync());
        var error = Assert.Throws<StorageException>(() => LocalDataFolder.Open(_temporary.Path));
        Assert.Equal(StorageError.InUse, error.Reason);
        child.Kill();
        LocalDataFolder.Open(_temporary.Path).Dispose();
    }

    [Fact]
    public void Open_LeftoverTemporaryFile_IsRemoved()
    {
        LocalDataFolder.Open(_temporary.Path).Dispose();
        var leftover = Path.Combine(_temporary.Path, "temporary", "half");
        File.WriteAllText(leftover, "half");
        using var folder = LocalDataFolder.Open(_temporary.Path + Path.DirectorySeparatorChar);
        Assert.False(File.Exists(leftover));
    }

    [Fact]
    public void Open_PathIsAFile_IsUnavailable()
    {
        var path = Path.Combine(_temporary.Path, "file");
        File.WriteAllText(path, "");
        var error = Assert.Throws<StorageException>(() => LocalDataFolder.Open(path));
        Assert.Equal(StorageError.Unavailable, error.Reason);
    }

    [SkippableFact]
    public void Open_NewFolder_IsForItsOwnerAlone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes.");
        var path = Path.Combine(_temporary.Path, "data");
        using var folder = LocalDataFolder.Open(path);
#pragma warning disable CA1416 // Skipped on Windows above.
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
#pragma warning restore CA1416
    }
}
