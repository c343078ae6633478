using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>What an operator reads when the server cannot start: one line that names the cause and the fix.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    private ConnectOptions Options => new() { StateFolder = _folder.File("state") };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_PortInUse_SaysSo()
    {
        await using var first = await ServerProgram.StartServerAsync("--data", _folder.File("one"), "--listen", "127.0.0.1:0");

        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            NoEnvironment, "--data", _folder.File("two"), "--listen", $"127.0.0.1:{first.Address.Port}");

        Assert.Equal(2, exitCode);
        Assert.Contains("--listen", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataFolderInUse_SaysSo()
    {
        await using var first = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");

        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, "--data", _folder.File("data"), "--listen", "127.0.0.1:0");

        Assert.Equal(2, exitCode);
        Assert.Contains("in use", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TwoOnOneMachine_BothServe()
    {
        await using var one = await ServerProgram.StartServerAsync("--data", _folder.File("one"), "--listen=127.0.0.1:0");
        await using var two = await ServerProgram.StartServerAsync("--listen=127.0.0.1:0", "--data", _folder.File("two"));

        await using var ada = await SignUpAsync(one);
        await using var bob = await SignUpAsync(two);

        Assert.NotEqual(one.Address.Key, two.Address.Key);
        Assert.NotEqual(ada.Account, bob.Account);
    }

    [Theory]
    [InlineData("Vault:Listen", "--listen", "nonsense")]
    [InlineData("Vault:Listen", "--listen", "127.0.0.1")]
    [InlineData("listen address", "--listen", "203.0.113.9:0")]
    [InlineData("--listen needs a value", "--listen")]
    [InlineData("Vault:Role", "--role", "gateway")]
    [InlineData("--nonsense", "--nonsense", "1")]
    [InlineData("Vault:SiloPort", "--silo-port", "70000")]
    [InlineData("Vault:SiloPort", "--silo-port", "many")]
    [InlineData("Vault:MaxTransfers", "--Vault:MaxTransfers", "0")]
    [InlineData("Vault:MaxTransfers", "--Vault:MaxTransfers", "many")]
    [InlineData("Vault:TransferWait", "--Vault:TransferWait", "1.00:00:00")]
    [InlineData("AttemptLimits", "--Vault:Attempts:Capacity", "0")]
    [InlineData("Vault:Attempts:Capacity", "--Vault:Attempts:Capacity", "ten")]
    [InlineData("Vault:Codes:Refill", "--Vault:Codes:Refill", "soon")]
    [InlineData("Vault:Registration:Mode", "--Vault:Registration:Mode", "Nobody")]
    [InlineData("Vault:Registration:Mod means nothing", "--Vault:Registration:Mod", "Invitation")]
    [InlineData("Vault:Registratoin means nothing", "--Vault:Registratoin:Mode", "Invitation")]
    [InlineData("Vault:Sessions:Lifetime", "--Vault:Sessions:Lifetime", "12h")]
    [InlineData("Vault:Sends:QuotaBytes", "--Vault:Sends:QuotaBytes", "100G")]
    [InlineData("Vault:Lookups:Capacity", "--Vault:Lookups:Capacity", "1.5")]
    [InlineData("Vault:Recovery:MaxTries", "--Vault:Recovery:MaxTries", "many")]
    [InlineData("Vault:Retention:Versions", "--Vault:Retention:Versions", "all")]
    [InlineData("Vault:Storage:SnapshotEvery", "--Vault:Storage:SnapshotEvery", "often")]
    [InlineData("Vault:Storage:Stat means nothing", "--Vault:Storage:Stat", "file:/state")]
    [InlineData("Vault:Mail:Port", "--Vault:Mail:Port", "smtp")]
    [InlineData("Vault:Mail:Sender means nothing", "--Vault:Mail:Sender", "vault@example.org")]
    [InlineData("Vault:MaxConnectionsPerAddress", "--Vault:MaxConnectionsPerAddress", "0")]
    [InlineData("Vault:Data", "--data", "")]
    [InlineData("Vault:Storage:Content is not", "--state", "https://account.blob.core.windows.net/state")]
    [InlineData("Vault:Storage:State is not", "--content", "https://account.blob.core.windows.net/content")]
    [InlineData("Vault:Storage:State cannot be used", "--state", "nonsense", "--content", "nonsense")]
    [InlineData("Vault:Storage:State names a file", "--state", "file:/no/such/file", "--content", "nonsense")]
    [InlineData("Vault:Storage:Create", "--Vault:Storage:Create", "perhaps")]
    [InlineData("--state file:PATH", "--state", "AccountName=account;AccountKey=s3cret", "--content", "nonsense")]
    [InlineData("--content file:PATH", "--content=https://account.blob.core.windows.net/c?sig=s3cret")]
    [InlineData("'data' means nothing", "data")]
    [InlineData("'--help' means nothing", "--help")]
    public async Task Start_OptionThatCannotBeUsed_IsNamedInOneLine(string named, params string[] options)
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            NoEnvironment, ["--data", _folder.File("data"), "--listen", "127.0.0.1:0", .. options]);

        AssertOneLine(named, exitCode, errors);
    }

    [Theory]
    [InlineData("Vault:Listen", "Vault__Listen", "nonsense")]
    [InlineData("Vault:Sends:QuotaBytes", "Vault__Sends__QuotaBytes", "100G")]
    [InlineData("Vault:Sends:Quota means nothing", "Vault__Sends__Quota", "100")]
    [InlineData("Vault:Registraton means nothing", "Vault__Registraton__Mode", "Invitation")]
    public async Task Start_VariableThatCannotBeUsed_IsNamedInOneLine(string named, string variable, string value)
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            new Dictionary<string, string> { [variable] = value }, "--data", _folder.File("data"));

        AssertOneLine(named, exitCode, errors);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task Start_FromAnotherFolder_ReadsTheSettingsBesideTheProgram(string program)
    {
        var built = ServerProgram.Built(program);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(built)!, "*", SearchOption.AllDirectories)) // a file's
        {
            var copy = _folder.File("program", Path.GetRelativePath(Path.GetDirectoryName(built)!, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await File.WriteAllTextAsync(_folder.File("program", "appsettings.json"), """{ "Vault": { "Listen": "nonsense" } }""");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProgram.StartFromAsync(
            _folder.File("program", Path.GetFileName(built)), hasGateway: true, NoEnvironment, "--data", _folder.File("data")));

        Assert.Contains("vault: Vault:Listen is 'nonsense'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataIsNoFolder_SaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("data"), "a file");

        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("data folder", exitCode, errors);
    }

    [Fact]
    public async Task Start_SiloAloneWithoutKeys_MakesNoneAndSaysWhereTheyComeFrom()
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            NoEnvironment, "--data", _folder.File("data"), "--role", "silo");

        AssertOneLine("silo.key", exitCode, errors);
        Assert.Empty(Directory.GetFiles(_folder.File("data"), "*.key"));
    }

    [Theory]
    [InlineData("silo.key")]
    [InlineData("gateway.key")]
    public async Task Start_KeyFileCut_RefusesAndLeavesItAsItIs(string name)
    {
        await using (await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0"))
        {
        }

        var key = _folder.File("data", name);
        await using (var file = File.OpenWrite(key))
        {
            file.SetLength(file.Length / 2);
        }

        var before = await File.ReadAllBytesAsync(key);
        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("Restore it from a backup", exitCode, errors);
        Assert.Equal(before, await File.ReadAllBytesAsync(key));
    }

    [Fact]
    public async Task Start_BothKeyFilesLost_MakesNoNewOnesWhereThereAreAccounts()
    {
        await using (var server = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0"))
        {
            await using var session = await SignUpAsync(server);
        }

        File.Delete(_folder.File("data", "silo.key"));
        File.Delete(_folder.File("data", "gateway.key"));
        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("lock everyone out", exitCode, errors);
        Assert.Empty(Directory.GetFiles(_folder.File("data"), "*.key"));
    }

    [Fact]
    public async Task Start_KeyFileLostOrOpenToOthers_RefusesAndSaysWhatToDo()
    {
        await using (await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0"))
        {
        }

        var key = _folder.File("data", "silo.key");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.Contains("chmod 600", (await RunAsync()).Errors, StringComparison.Ordinal);
        }

        File.Delete(_folder.File("data", "gateway.key"));
        var (exitCode, errors) = await RunAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains("backup", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("data", "gateway.key")));

        Task<(int ExitCode, string Errors)> RunAsync() =>
            ServerProgram.RunServerAsync(NoEnvironment, "--data", _folder.File("data"), "--listen", "127.0.0.1:0");
    }

    private static void AssertOneLine(string named, int exitCode, string errors)
    {
        Assert.Equal(2, exitCode);
        Assert.StartsWith("vault: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", errors, StringComparison.Ordinal);
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private async Task<VaultSession> SignUpAsync(ServerProgram server)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, Options, default);
        return account.TakeSession();
    }
}
