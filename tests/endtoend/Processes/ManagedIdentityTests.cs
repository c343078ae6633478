using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>The executable on Azure blobs with nothing but a managed identity: no key and no SAS anywhere.</summary>
public sealed class ManagedIdentityTests(ManagedIdentityTests.Blobs blobs) : IClassFixture<ManagedIdentityTests.Blobs>, IDisposable
{
    private const string ClientId = "6b0f2f1c-3d52-4b1a-9d0c-7a6f3a1d2c4e";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Server_WithAnIdentity_KeepsAnAccountThatTheAdminCommandsRead()
    {
        await using var identity = IdentityEndpoint.Start(IdentityEndpoint.Storage);
        string[] options = [.. Storage(), "--Vault:Storage:Create", "true"];
        await using (var server = await ServerProgram.StartServerAsync(
            Environment(identity), ["--listen", "127.0.0.1:0", .. options]))
        {
            using var password = RunningVault.Secret(RunningVault.Password);
            await using var account = await VaultAccount.CreateAsync(
                server.Address, "ada@example.org", password, new ConnectOptions { StateFolder = _folder.File("client") }, default);
        }

        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            Environment(identity), ["admin", "export", _folder.File("export"), .. options]);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Single(Directory.GetFiles(_folder.File("export", "state"), "*.jsonl", SearchOption.AllDirectories), IsOfAUser);
        Assert.NotEmpty(identity.Requests);
        Assert.All(identity.Requests, request =>
        {
            Assert.Equal(("GET", identity.Header), (request.Method, request.Header));
            Assert.Equal(IdentityEndpoint.Storage, request.Query["resource"]?.TrimEnd('/'));
            Assert.Equal("2019-08-01", request.Query["api-version"]);
            Assert.Null(request.Query["client_id"]);
        });
    }

    [SkippableFact]
    public async Task Start_IdentityRefused_SaysThatTheIdentityCouldNotSignInAndWhatToDo()
    {
        await using var identity = IdentityEndpoint.Start(audience: "");

        var errors = await RunAsync(identity);

        Assert.Contains("the managed identity could not sign in", errors, StringComparison.Ordinal);
        Assert.Contains("No User Assigned or Delegated Managed Identity found", errors, StringComparison.Ordinal);
        Assert.Contains("Check that this machine has the identity", errors, StringComparison.Ordinal);
        Assert.Contains("Vault:Storage:Identity", errors, StringComparison.Ordinal);
        Assert.All(identity.Requests, request => Assert.Equal(ClientId, request.Query["client_id"]));
    }

    [SkippableFact]
    public async Task Start_StorageRefusesTheIdentity_PointsAtItsRole()
    {
        await using var identity = IdentityEndpoint.Start("https://vault.azure.net");

        var errors = await RunAsync(identity);

        Assert.Contains("access is refused", errors, StringComparison.Ordinal);
        Assert.Contains("the identity's role", errors, StringComparison.Ordinal);
    }

    private static bool IsOfAUser(string path) => path.Contains("/users/", StringComparison.Ordinal);

    // Runs what cannot be done, and returns the one line that says why; no secret is in it.
    private async Task<string> RunAsync(IdentityEndpoint identity)
    {
        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            Environment(identity), ["admin", "users", .. Storage(), "--Vault:Storage:Identity", ClientId]);

        Assert.Equal(2, exitCode);
        var line = Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.StartsWith("vault: Vault:Storage:State", line, StringComparison.Ordinal);
        Assert.NotEmpty(identity.Requests);
        Assert.DoesNotContain(identity.Header, line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(identity.Token, line, StringComparison.Ordinal);
        return line;
    }

    private string[] Storage()
    {
        Skip.If(blobs.Azurite is null, "Only on Linux a process can be told by SSL_CERT_FILE to trust the emulator's certificate.");
        return
        [
            "--data", _folder.File("data"), "--state", blobs.Azurite.SecureUrl(blobs.Azurite.NewContainer()),
            "--content", blobs.Azurite.SecureUrl(blobs.Azurite.NewContainer()),
        ];
    }

    private Dictionary<string, string> Environment(IdentityEndpoint identity) => new(identity.Environment)
    {
        ["SSL_CERT_FILE"] = blobs.Authority,
        ["AZURE_CLIENT_ID"] = "", // set and empty is like not set
        ["AZURE_FEDERATED_TOKEN_FILE"] = "",
    };

    /// <summary>The emulator with a certificate, because bearer tokens are taken over TLS only.</summary>
    public sealed class Blobs : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        /// <summary>The emulator; null where its certificate cannot be trusted.</summary>
        public Azurite? Azurite { get; private set; }

        /// <summary>The file of the authority to trust.</summary>
        public string Authority => _folder.File("authority.pem");

        public async Task InitializeAsync()
        {
            if (!OperatingSystem.IsLinux())
            {
                return;
            }

            var made = LoopbackCertificate.Make();
            var (certificate, key) = (_folder.File("blobs.pem"), _folder.File("blobs.key"));
            await File.WriteAllTextAsync(Authority, made.Authority);
            await File.WriteAllTextAsync(certificate, made.Certificate);
            await File.WriteAllTextAsync(key, made.Key);
            Azurite = await Azurite.StartAsync("--cert", certificate, "--key", key, "--oauth", "basic");
        }

        public async Task DisposeAsync()
        {
            if (Azurite is not null)
            {
                await Azurite.DisposeAsync();
            }
        }

        public void Dispose() => _folder.Dispose();
    }
}
