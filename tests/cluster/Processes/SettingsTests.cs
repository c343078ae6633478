using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Processes;

/// <summary>What an operator reads when a process of a cluster cannot start: one line that names the key and the fix.</summary>
public sealed class SettingsTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    public SettingsTests() => ClusterKeys.Make(_folder.File("data"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Vault:Cluster:Redis", "--redis", "127.0.0.1:6379,password=secret")]
    [InlineData("Vault:Cluster:Redis", "--redis", "127.0.0.1:6379", "--role", "all")]
    [InlineData("Vault:Cluster:Redis", "--Vault:Cluster:RedisTls", "true")]
    [InlineData("Vault:Cluster:RedisPasswordFile", "--redis", "127.0.0.1:1", "--Vault:Cluster:RedisPasswordFile", "/nowhere")]
    [InlineData("Vault:Cluster:RedisAuthority", "--redis", "127.0.0.1:1", "--Vault:Cluster:RedisAuthority", "/nowhere")]
    [InlineData("Vault:Cluster:RedisAuthority", "--redis", "127.0.0.1:1", "--Vault:Cluster:RedisAuthority", "/nowhere", "--Vault:Cluster:RedisTls", "true")]
    [InlineData("Vault:Cluster:Address", "--address", "0.0.0.0")]
    [InlineData("Vault:Cluster:Address", "--address", "no.such.name.invalid")]
    [InlineData("Vault:Cluster:Listen", "--Vault:Cluster:Listen", "everywhere")]
    [InlineData("Vault:Cluster:Id", "--Vault:Cluster:Id", "two words")]
    [InlineData("Vault:Cluster:SiloListenPort", "--Vault:Cluster:SiloListenPort", "70000")]
    [InlineData("Vault:Cluster:MaxJoin", "--Vault:Cluster:MaxJoin", "0")]
    public async Task Silo_SettingThatCannotBeUsed_IsNamedInOneLine(string named, params string[] options)
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, ["--data", _folder.File("data"), "--role", "silo", .. options]);

        AssertOneLine(named, exitCode, errors);
    }

    [Theory]
    [InlineData("Vault:Silo")]
    [InlineData("Vault:Silo", "--silo", "nonsense")]
    [InlineData("Vault:Silo", "--silo", "127.0.0.1:1", "--redis", "127.0.0.1:2")]
    [InlineData("Vault:Cluster:Redis", "--redis", "127.0.0.1:6379@vault")]
    public async Task Gateway_SettingThatCannotBeUsed_IsNamedInOneLine(string named, params string[] options)
    {
        var (exitCode, errors) = await ServerProgram.RunGatewayAsync(
            NoEnvironment, ["--data", _folder.File("data", "content"), "--keys", _folder.File("data", "gateway.key"), .. options]);

        AssertOneLine(named, exitCode, errors);
    }

    [Fact]
    public async Task Silo_RedisRefusesThePassword_SaysSo()
    {
        using var redis = StartRedis("--auth", "Password", "--password", "right");
        Wire.WireFixture.WritePrivate(_folder.File("password"), "wrong");

        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            NoEnvironment, "--data", _folder.File("data"), "--role", "silo", "--redis", redis.Address, "--Vault:Cluster:RedisPasswordFile", _folder.File("password"));
        var (withoutExitCode, withoutErrors) = await ServerProgram.RunServerAsync(
            NoEnvironment, "--data", _folder.File("data"), "--role", "silo", "--redis", redis.Address);

        AssertOneLine("Vault:Cluster:RedisPasswordFile", exitCode, errors);
        Assert.DoesNotContain("wrong", errors, StringComparison.Ordinal);
        AssertOneLine("Vault:Cluster:RedisPasswordFile", withoutExitCode, withoutErrors);
    }

    [Fact]
    public async Task Silo_OfAClusterOnALocalFolder_SaysThatSilosShareStorage()
    {
        using var redis = StartRedis();

        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            NoEnvironment, "--data", _folder.File("data"), "--role", "silo", "--redis", redis.Address);

        AssertOneLine("Vault:Storage:State", exitCode, errors);
    }

    [Fact]
    public async Task Silo_NoRedisThere_WaitsAndSaysSo()
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            new Dictionary<string, string> { ["Vault__Cluster__Redis"] = $"127.0.0.1:{FreePort.Next()}" }, "--data", _folder.File("data"), "--role", "silo");

        AssertOneLine("--redis", exitCode, errors);
    }

    [Fact]
    public async Task Silo_RedisOverTls_JoinsWhereItsAuthorityIsNamedAndNotWhereItIsNot()
    {
        var authority = MakeCertificate(out var certificate);
        await using var azurite = await Azurite.StartAsync();
        using var redis = StartRedis("--tls", "--cert-file-name", certificate, "--cert-password", "test", "--client-certificate-required", "false");
        string[] options = ["--data", _folder.File("data"), "--redis", redis.Address, "--Vault:Cluster:RedisTls", "true", .. azurite.ServerOptions(_folder.Path)];

        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, [.. options, "--role", "silo"]);
        await using var silo = await ServerProgram.StartSiloAsync([.. options, "--Vault:Cluster:RedisAuthority", authority]);

        AssertOneLine("Vault:Cluster:RedisAuthority", exitCode, errors);
        Assert.NotEmpty(silo.Listening);
    }

    [SkippableFact]
    public async Task Silo_OnRedisServer_Joins()
    {
        Skip.IfNot(File.Exists("/usr/bin/redis-server"), "redis-server is not installed.");
        await using var azurite = await Azurite.StartAsync();
        var port = FreePort.Next();
        using var redis = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/redis-server", "-")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
        })!; // it is there
        try
        {
            _ = redis.StandardOutput.ReadToEndAsync();
            await redis.StandardInput.WriteAsync($"port {port}\nbind 127.0.0.1\nrequirepass the-password\n");
            redis.StandardInput.Close();
            Wire.WireFixture.WritePrivate(_folder.File("password"), "the-password");
            await using var silo = await ServerProgram.StartSiloAsync(
            [
                "--data", _folder.File("data"), "--redis", $"127.0.0.1:{port}", "--Vault:Cluster:RedisPasswordFile", _folder.File("password"),
                .. azurite.ServerOptions(_folder.Path),
            ]);

            Assert.NotEmpty(silo.Listening);
        }
        finally
        {
            redis.Kill();
            await redis.WaitForExitAsync();
        }
    }

    private static void AssertOneLine(string named, int exitCode, string errors)
    {
        Assert.Equal(2, exitCode);
        Assert.StartsWith("vault: ", errors, StringComparison.Ordinal);
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private RedisServer StartRedis(params string[] options)
    {
        Directory.CreateDirectory(_folder.File("redis"));
        return RedisServer.Start(_folder.File("redis"), options);
    }

    // Returns the authority's file.
    private string MakeCertificate(out string certificateFile)
    {
        var made = LoopbackCertificate.Make();
        certificateFile = _folder.File("redis.pfx");
        File.WriteAllBytes(certificateFile, made.ToPfx("test"));
        var authorityFile = _folder.File("authority.pem");
        File.WriteAllText(authorityFile, made.Authority);
        return authorityFile;
    }
}
