using System.Security.Cryptography;
using Vault.Client;
using Vault.Silo.Admin;
using Vault.Storage;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>What an operator does beside the running server, on a store that a person has used.</summary>
public sealed class AdminTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IAsyncLifetime, IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(9_000_000);
    private RunningVault _vault = null!; // set by InitializeAsync
    private VaultFile _file = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        await using var session = await _vault.CreateAsync();
        _file = await session.SendAsync(_vault.Write("secret-plans.bin", _content), "secret-plans.bin", null, null, default);
        for (var number = 0; number < 5; number++)
        {
            await session.SendAsync(_vault.Write($"{number}", [(byte)number]), $"small-{number}", null, null, default);
        }

        await _vault.StopAsync();
    }

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Users_OfAUsedVault_ListsUsageAndNoNames()
    {
        var (output, _, exitCode) = await RunAsync("users", "--data", _vault.DataFolder);

        var lines = output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        var fields = lines[1].Split('\t');
        Assert.Matches("^[0-9a-f]{32}$", fields[0]);
        Assert.Equal(("6", "6", "0", "0"), (fields[1], fields[2], fields[4], fields[5]));
        Assert.True(long.Parse(fields[3], null) > _content.Length);
        Assert.DoesNotContain("ada", output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Verify_SoundStore_SaysHowMuch()
    {
        var (output, errors, exitCode) = await RunAsync("verify", "--data", _vault.DataFolder);

        Assert.Contains("7 streams", output, StringComparison.Ordinal);
        Assert.Contains("0 damaged", output, StringComparison.Ordinal);
        Assert.Equal(("", 0), (errors, exitCode));
        var (one, _, ofOne) = await RunAsync("verify", $"files/{_file.Id}", "--data", _vault.DataFolder);
        Assert.Contains($"files/{_file.Id} verifies: 1 events", one, StringComparison.Ordinal);
        Assert.Equal(0, ofOne);
    }

    [Fact]
    public async Task Verify_OneByteChanged_NamesTheStreamAndGoesOn()
    {
        var path = Directory.GetFiles(_vault.DataFolder, $"{_file.Id}.jsonl", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var (output, errors, exitCode) = await RunAsync("verify", "--data", _vault.DataFolder);

        Assert.Equal(VerifyCommand.Damaged, exitCode);
        Assert.Contains($"files/{_file.Id}", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Contains("7 streams", output, StringComparison.Ordinal);
        Assert.Contains("1 damaged", output, StringComparison.Ordinal);
        Assert.Equal(VerifyCommand.Damaged, (await RunAsync("verify", $"files/{_file.Id}", "--data", _vault.DataFolder)).ExitCode);
    }

    [Fact]
    public async Task ImportAndExport_FolderToAzureAndBack_ServesTheSameFilesAtEachStop()
    {
        var azure = fixture.Azurite.ServerOptions(_folder.Path);
        var keys = _folder.File("keys");
        Directory.CreateDirectory(keys);
        foreach (var key in new[] { "silo.key", "gateway.key" })
        {
            File.Copy(Path.Combine(_vault.DataFolder, key), Path.Combine(keys, key));
        }

        var (imported, _, _) = await RunAsync(["import", _vault.DataFolder, "--data", keys, .. azure]);
        Assert.Contains("7 streams", imported, StringComparison.Ordinal);
        Assert.Contains("0 damaged", (await RunAsync(["verify", "--data", keys, .. azure])).Output, StringComparison.Ordinal);
        await AssertServesAsync(["--data", keys, .. azure]);

        await RunAsync(["export", _folder.File("back"), "--data", keys, .. azure]);
        foreach (var key in new[] { "silo.key", "gateway.key" })
        {
            File.Copy(Path.Combine(keys, key), _folder.File("back", key));
        }

        await AssertServesAsync(["--data", _folder.File("back")]);
    }

    [Fact]
    public async Task Import_IntoAStoreInUse_IsRefusedAndChangesNothing()
    {
        await using var other = await RunningVault.StartAsync();
        await using (await other.CreateAsync("bob@example.org"))
        {
        }

        await other.StopAsync();
        var before = Directory.GetFiles(other.DataFolder, "*", SearchOption.AllDirectories).Order().ToArray();

        var error = await Assert.ThrowsAsync<StorageException>(
            () => RunAsync("import", _vault.DataFolder, "--data", other.DataFolder));

        Assert.Contains("not empty", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(other.DataFolder, "*", SearchOption.AllDirectories).Order());
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("users")]
    [InlineData("export")]
    public async Task AnyCommand_DataFolderThatIsNotThere_SaysSoAndMakesNone(string command)
    {
        string[] words = command == "export" ? [command, _folder.File("back")] : [command];

        var error = await Assert.ThrowsAsync<Vault.Gateway.OptionsException>(
            () => RunAsync([.. words, "--data", _folder.File("vault-dada")]));

        Assert.Contains("vault-dada", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("vault-dada")) || Directory.Exists(_folder.File("back")));
    }

    [Fact]
    public async Task Export_ServerRunning_SaysThatTheFolderIsInUse()
    {
        await _vault.StartAgainAsync();

        var error = await Assert.ThrowsAsync<StorageException>(
            () => RunAsync("export", _folder.File("back"), "--data", _vault.DataFolder));

        Assert.Equal(StorageError.InUse, error.Reason);
        Assert.False(Directory.Exists(_folder.File("back")));
    }

    [Fact]
    public async Task Keys_MadeAndShown_BelongTogetherAndStaySecret()
    {
        var (made, _, _) = await RunAsync("keys", "make", _folder.File("keys"));
        var (shown, _, _) = await RunAsync("keys", "show", _folder.File("keys"));

        Assert.Contains("vaultserver1", made, StringComparison.Ordinal);
        Assert.Contains("They belong together", shown, StringComparison.Ordinal);
        foreach (var key in new[] { "silo.key", "gateway.key" })
        {
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("keys", key)));
            }

            foreach (var secret in (await File.ReadAllLinesAsync(_folder.File("keys", key))).Skip(1))
            {
                Assert.DoesNotContain(secret.Split(" = ")[1], made + shown, StringComparison.Ordinal);
            }
        }

        await Assert.ThrowsAsync<Vault.Gateway.Keys.KeyFileException>(() => RunAsync("keys", "make", _folder.File("keys")));
        await RunAsync("keys", "make", _folder.File("others"));
        File.Copy(_folder.File("others", "gateway.key"), _folder.File("keys", "gateway.key"), overwrite: true);
        Assert.Contains("NOT", (await RunAsync("keys", "show", _folder.File("keys"))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_AsAProcess_AnswersWithItsExitCodeInOneLine()
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, "admin", "keys", "show", "/no/such/folder");

        Assert.Equal(2, exitCode);
        Assert.Contains("neither silo.key nor gateway.key", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'admin' is no command")]
    [InlineData("'admin nonsense' is no command", "nonsense")]
    [InlineData("'admin keys make' is no command", "keys", "make")]
    [InlineData("no folder 'state'", "import", "/no/such/folder")]
    [InlineData("--nonsense", "verify", "--nonsense", "1")]
    [InlineData("is no stream's name", "verify", "nonsense", "--data", "DATA")]
    [InlineData("There is no stream files/0", "verify", "files/0", "--data", "DATA")]
    public async Task Admin_CannotBeDone_SaysWhy(string why, params string[] command)
    {
        var error = await Assert.ThrowsAsync<Vault.Gateway.OptionsException>(
            () => RunAsync([.. command.Select(word => word == "DATA" ? _vault.DataFolder : word)]));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static async Task<(string Output, string Errors, int ExitCode)> RunAsync(params string[] command)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await AdminProgram.RunAsync(command, output, errors);
        return (output.ToString(), errors.ToString(), exitCode);
    }

    private async Task AssertServesAsync(string[] options)
    {
        await using var server = await Silo.VaultServer.StartAsync(["--listen", "127.0.0.1:0", "--ops", "off", .. options]);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var session = await VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", server.Port, server.ServerKey), "ada@example.org", password, _vault.Options, default);
        var found = await session.FindAsync("secret-plans.bin", default);
        var target = _folder.File(Guid.NewGuid().ToString("N"));
        await session.ReceiveAsync(found!, target, null, null, default);
        Assert.Equal(_content, await File.ReadAllBytesAsync(target));
    }
}
