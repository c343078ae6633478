using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>What an operator reads when the server cannot start: one line that names the cause and the fix.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Start_PortInUse_SaysSo()
    {
        using var folder = new TemporaryFolder();
        await using var first = await ServerProgram.StartAsync("Vault.Silo", "--data", folder.File("one"), "--listen", "127.0.0.1:0");

        var (exitCode, errors) = await ServerProgram.RunAsync(
            "Vault.Silo", "--data", folder.File("two"), "--listen", $"127.0.0.1:{first.Address.Port}");

        Assert.Equal(2, exitCode);
        Assert.Contains("--listen", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataFolderInUse_SaysSo()
    {
        using var folder = new TemporaryFolder();
        await using var first = await ServerProgram.StartAsync("Vault.Silo", "--data", folder.File("data"), "--listen", "127.0.0.1:0");

        var (exitCode, errors) = await ServerProgram.RunAsync("Vault.Silo", "--data", folder.File("data"), "--listen", "127.0.0.1:0");

        Assert.Equal(2, exitCode);
        Assert.Contains("in use", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "nonsense", "Vault:Listen")]
    [InlineData("--role", "nonsense", "Vault:Role")]
    [InlineData("--nonsense", "1", "--nonsense")]
    public async Task Start_BadOption_IsNamed(string option, string value, string named)
    {
        using var folder = new TemporaryFolder();

        var (exitCode, errors) = await ServerProgram.RunAsync("Vault.Silo", "--data", folder.File("data"), option, value);

        Assert.Equal(2, exitCode);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_KeyFileLostOrOpenToOthers_RefusesAndSaysWhatToDo()
    {
        using var folder = new TemporaryFolder();
        await using (await ServerProgram.StartAsync("Vault.Silo", "--data", folder.File("data"), "--listen", "127.0.0.1:0"))
        {
        }

        var key = folder.File("data", "silo.key");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.Contains("chmod 600", (await RunAsync()).Errors, StringComparison.Ordinal);
        }

        File.Delete(folder.File("data", "gateway.key"));
        var (exitCode, errors) = await RunAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains("backup", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("data", "gateway.key")));

        Task<(int ExitCode, string Errors)> RunAsync() =>
            ServerProgram.RunAsync("Vault.Silo", "--data", folder.File("data"), "--listen", "127.0.0.1:0");
    }
}
