using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.Silo;
using Vault.Storage;
using Vault.Tests.Support;

namespace Vault.Tests.Server;

/// <summary>A real server on a free port with a folder of its own, and what a client needs to reach it.</summary>
public sealed class RunningVault : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string[] _options;
    private readonly TimeProvider? _time;
    private readonly LocalCluster? _cluster;
    private Func<IBlobStore, IBlobStore>? _content;
    private Mailbox? _mail;
    private int _port;

    private RunningVault(string[] options, TimeProvider? time)
    {
        _options = options;
        _time = time;
    }

    // The cluster is there already, and others have accounts on it.
    private RunningVault(LocalCluster cluster)
        : this([], null)
    {
        _cluster = cluster;
        DefaultEmail = $"ada-{Guid.NewGuid():N}@example.org";
        Directory.CreateDirectory(Folder);
    }

    /// <summary>The password that <see cref="CreateAsync"/> gives accounts.</summary>
    public const string Password = "correct horse battery staple";

    /// <summary>The server; another one after <see cref="RestartAsync"/>.</summary>
    public VaultServer Server { get; private set; } = null!; // set by StartAsync, the only way here

    /// <summary>A folder for the test's own files.</summary>
    public string Folder => _folder.File("client");

    /// <summary>The server's data folder.</summary>
    public string DataFolder => _folder.File("data");

    /// <summary>Where it listens, pinned.</summary>
    public ServerAddress Address => _cluster?.Address ?? new("127.0.0.1", Server.Port, Server.ServerKey);

    /// <summary>Whose account it is where nobody is named.</summary>
    public string DefaultEmail { get; } = "ada@example.org";

    /// <summary>Keeps known servers in the test's folder, and gives a server that is away up soon.</summary>
    public ConnectOptions Options => new() { StateFolder = _folder.File("state"), ReconnectFor = TimeSpan.FromSeconds(3) };

    /// <summary>Starts a server.</summary>
    /// <param name="time">The silo's clock; null for the real one.</param>
    /// <param name="options">More of the command line.</param>
    public static async Task<RunningVault> StartAsync(TimeProvider? time = null, params string[] options)
    {
        var vault = new RunningVault(options, time);
        Directory.CreateDirectory(vault.Folder);
        await vault.StartServerAsync(port: 0);
        return vault;
    }

    /// <summary>Starts a server with something of the test's own in front of its content store.</summary>
    public static async Task<RunningVault> StartBehindAsync(Func<IBlobStore, IBlobStore> content, params string[] options)
    {
        var vault = new RunningVault(options, null) { _content = content };
        Directory.CreateDirectory(vault.Folder);
        await vault.StartServerAsync(port: 0);
        return vault;
    }

    /// <summary>Starts a server that keeps everything but its keys in the blob emulator.</summary>
    public static async Task<RunningVault> StartAsync(Azurite azurite, TimeProvider? time = null, params string[] options)
    {
        ArgumentNullException.ThrowIfNull(azurite);
        var vault = new RunningVault(options, time);
        vault._options = [.. azurite.ServerOptions(vault._folder.Path), .. options];
        Directory.CreateDirectory(vault.Folder);
        await vault.StartServerAsync(port: 0);
        return vault;
    }

    /// <summary>Takes a cluster that runs for the server; it goes on when this is disposed.</summary>
    public static RunningVault On(LocalCluster cluster) => new(cluster);

    /// <summary>Stops the server and starts it again on the same folder and port.</summary>
    /// <param name="whileStopped">What happens to the folder meanwhile.</param>
    public async Task RestartAsync(Action? whileStopped = null)
    {
        await StopAsync();
        whileStopped?.Invoke();
        await StartAgainAsync();
    }

    /// <summary>Stops the server, for its files to be looked at or changed.</summary>
    public async Task StopAsync()
    {
        _port = Server.Port;
        await Server.DisposeAsync();
    }

    /// <summary>Starts it again on the same folder and port.</summary>
    public Task StartAgainAsync() => StartServerAsync(_port);

    /// <summary>A new account, signed in.</summary>
    public async Task<VaultSession> CreateAsync(string? email = null)
    {
        using var password = Secret(Password);
        await using var account = await VaultAccount.CreateAsync(Address, email ?? DefaultEmail, password, Options, default);
        return account.TakeSession();
    }

    /// <summary>Signs in.</summary>
    public async Task<VaultSession> ConnectAsync(string? email = null, string password = Password)
    {
        using var secret = Secret(password);
        return await VaultSession.ConnectAsync(Address, email ?? DefaultEmail, secret, Options, default);
    }

    /// <summary>The mail that the server writes.</summary>
    public Mailbox Mail => _mail ??= new Mailbox(Path.Combine(DataFolder, "mail"));

    /// <summary>Asks for a recovery code and reads the mail.</summary>
    public async Task<string> RequestCodeAsync(string email = "ada@example.org")
    {
        await VaultRecovery.RequestAsync(Address, email, Options, default);
        return await Mail.NextCodeAsync(email);
    }

    /// <summary>Text as a secret.</summary>
    public static SecretBytes Secret(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file of the test's own.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_cluster is null)
        {
            await Server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task StartServerAsync(int port) => Server = await VaultServer.StartAsync(
        ["--data", DataFolder, "--listen", $"127.0.0.1:{port}", "--ops", "off", "--Vault:AnonymousBurst", "1000", "--Vault:RecoveriesPerHour", "1000", .. _options], _time, _content);
}
