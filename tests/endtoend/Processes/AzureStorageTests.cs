using System.Diagnostics;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>The executables on Azure blobs: what they are let in with, and what they say when they are not.</summary>
public sealed class AzureStorageTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IDisposable
{
    // Reading, adding, creating, writing, deleting and listing: what the operations guide asks for.
    private const BlobContainerSasPermissions Rights = BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Add
        | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write | BlobContainerSasPermissions.Delete
        | BlobContainerSasPermissions.List;

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    private Azurite Azurite => fixture.Azurite;

    private ConnectOptions Options => new() { StateFolder = _folder.File("client") };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SiloAndGateway_EachWithItsOwnSas_ServeAndTheGatewaySeesContentOnly()
    {
        var (state, content) = (await MakeContainerAsync(), await MakeContainerAsync());
        string[] siloStorage = ["--state", Secret("state", Sas(state)), "--content", Secret("content", Sas(content))];
        await using (await ServerProgram.StartServerAsync(["--data", _folder.File("data"), "--listen", "127.0.0.1:0", .. siloStorage]))
        {
            // makes the key files
        }

        var port = $"{FreePort.Next()}";
        await using var silo = await ServerProgram.StartSiloAsync(
            ["--data", _folder.File("data"), "--gateway-port", port, .. siloStorage]);
        await using var gateway = await ServerProgram.StartGatewayAsync(
            "--keys", _folder.File("data", "gateway.key"), "--silo", $"127.0.0.1:{port}", "--listen", "127.0.0.1:0",
            "--content", Secret("content", Sas(content)));
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(gateway.Address, "ada@example.org", password, Options, default);
        await using var session = account.TakeSession();
        var bytes = RandomNumberGenerator.GetBytes(9_000_000);
        await File.WriteAllBytesAsync(_folder.File("source"), bytes);

        var file = await session.SendAsync(_folder.File("source"), "source", null, null, default);
        await session.ReceiveAsync(file, _folder.File("target"), null, null, default);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(_folder.File("target")));
        Assert.Contains(await NamesAsync(state), name => name.StartsWith("streams/users/", StringComparison.Ordinal));
        Assert.All(await NamesAsync(content), name => Assert.EndsWith(".age", name, StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(_folder.File("data")));
    }

    [Fact]
    public async Task Start_ContainerMissing_SaysSoAndMakesNoKeys()
    {
        var (exitCode, errors) = await RunAsync(Secret("key", Azurite.ConnectionString), "--Vault:Storage:StateContainer", "not-there");

        AssertOneLine("Vault:Storage:State", exitCode, errors);
        Assert.Contains("does not exist", errors, StringComparison.Ordinal);
        Assert.Contains("Vault:Storage:Create=true", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("data", "silo.key")));
    }

    [Fact]
    public async Task Start_KeyOfAnotherAccount_SaysThatAccessIsRefused()
    {
        var other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        var connection = string.Join(';', Azurite.ConnectionString.Split(';').Select(
            part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? $"AccountKey={other}" : part));

        var (exitCode, errors) = await RunAsync(Secret("key", connection));

        AssertOneLine("access is refused", exitCode, errors);
        Assert.DoesNotContain(other, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NobodyListens_SaysSoWithinSeconds()
    {
        var watch = Stopwatch.StartNew();

        var (exitCode, errors) = await RunAsync(Secret("key", Azurite.ConnectionStringFor(FreePort.Next())));

        AssertOneLine("Vault:Storage:State", exitCode, errors);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"It took {watch.Elapsed}."); // most of it starts the process
    }

    [Fact]
    public async Task Start_KeyFilesLostWhereTheContainersAreInUse_MakesNoNewOnes()
    {
        var options = Azurite.ServerOptions(_folder.Path);
        await using (var server = await ServerProgram.StartServerAsync(["--data", _folder.File("data"), "--listen", "127.0.0.1:0", .. options]))
        {
            using var password = RunningVault.Secret(RunningVault.Password);
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, Options, default);
        }

        File.Delete(_folder.File("data", "silo.key"));
        File.Delete(_folder.File("data", "gateway.key"));
        var (exitCode, errors) = await ServerProgram.RunServerAsync(NoEnvironment, ["--data", _folder.File("data"), .. options]);

        AssertOneLine("lock everyone out", exitCode, errors);
        Assert.Empty(Directory.GetFiles(_folder.File("data"), "*.key"));
    }

    private static void AssertOneLine(string named, int exitCode, string errors)
    {
        Assert.Equal(2, exitCode);
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Errors)> RunAsync(string secret, params string[] options) => ServerProgram.RunServerAsync(
        NoEnvironment,
        ["--data", _folder.File("data"), "--listen", "127.0.0.1:0", "--state", secret, "--content", secret, .. options]);

    private string Secret(string name, string value)
    {
        File.WriteAllText(_folder.File(name), value + "\n");
        return $"file:{_folder.File(name)}";
    }

    private async Task<BlobContainerClient> MakeContainerAsync()
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05);
        var container = new BlobContainerClient(Azurite.ConnectionString, Azurite.NewContainer(), options);
        await container.CreateAsync();
        return container;
    }

    private static string Sas(BlobContainerClient container) =>
        container.GenerateSasUri(Rights, DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri;

    private static async Task<List<string>> NamesAsync(BlobContainerClient container)
    {
        List<string> names = [];
        await foreach (var blob in container.GetBlobsAsync())
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
