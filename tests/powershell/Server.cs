using Vault.Silo;

namespace Vault.PowerShell.Tests;

/// <summary>A real server on a free loopback port and a folder of its own; shared by the tests of a class.</summary>
public class Server : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("vault-server-").FullName;
    private VaultServer? _server;
    private int _accounts;
    private int _port;
    private string _folder = "data";

    static Server()
    {
        // Known servers are kept per person; tests meet hundreds on ports that others had before.
        var known = Directory.CreateTempSubdirectory("vault-known-").FullName;
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", known);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(known, recursive: true);
    }

    /// <summary>The address with the key pinned.</summary>
    public string Address => $"{Unpinned}#{Key}";

    /// <summary>The address alone.</summary>
    public virtual string Unpinned => $"127.0.0.1:{Running.Port}";

    /// <summary>The port it listens on.</summary>
    public int Port => Running.Port;

    /// <summary>The server's key as text.</summary>
    public virtual string Key => Running.ServerKey.ToString();

    private VaultServer Running => _server ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>An address that no test used before.</summary>
    public string NewEmail() => $"ada{Interlocked.Increment(ref _accounts)}@example.org";

    /// <summary>Where the server keeps everything.</summary>
    public virtual string DataFolder => _data;

    /// <summary>The password of every account made here.</summary>
    public const string Password = "correct horse";

    /// <summary>A shell with a new account's session in it.</summary>
    public VaultShell SignedUp() => SignedUp(NewEmail());

    /// <inheritdoc cref="SignedUp()"/>
    public VaultShell SignedUp(string email)
    {
        var shell = new VaultShell();
        shell.Run(
            "param($server, $email, $password) $null = New-VaultAccount -Server $server -Email $email -Password $password 3>$null",
            Address, email, VaultShell.Secure(Password)).MustSucceed();
        return shell;
    }

    /// <summary>A server for one test, which disposes it.</summary>
    public static async Task<Server> StartAsync()
    {
        var server = new Server();
        await server.InitializeAsync();
        return server;
    }

    /// <summary>Stops it; the folder stays.</summary>
    public async Task StopAsync()
    {
        _port = Running.Port;
        await Running.DisposeAsync();
        _server = null;
    }

    /// <summary>While it is stopped: keeps the folder as it is, for <see cref="GoBack"/>.</summary>
    public void Keep() => Copy(Path.Combine(_data, _folder), Path.Combine(_data, "kept"));

    /// <summary>While it is stopped: puts back what was kept.</summary>
    public void GoBack()
    {
        Directory.Delete(Path.Combine(_data, _folder), recursive: true);
        Copy(Path.Combine(_data, "kept"), Path.Combine(_data, _folder));
    }

    /// <summary>Starts it again on the same port.</summary>
    /// <param name="asAnother">On an empty folder: another server, with another key, in its place.</param>
    public async Task StartAgainAsync(bool asAnother = false)
    {
        _folder = asAnother ? "another" : _folder;
        await InitializeAsync();
    }

    public virtual async Task InitializeAsync() => _server = await VaultServer.StartAsync(
    [
        "--data", Path.Combine(_data, _folder), "--listen", $"127.0.0.1:{_port}", "--ops", "off", "--Vault:AnonymousBurst", "10000",
        .. await StorageOptionsAsync(_data),
    ]);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!); // it lies below a folder
            File.Copy(file, target);
        }
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public virtual async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    /// <summary>Where the server keeps things, as options; nothing said is its folder.</summary>
    protected virtual Task<string[]> StorageOptionsAsync(string folder) => Task.FromResult<string[]>([]);
}
