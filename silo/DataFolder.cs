using Vault.Gateway.Keys;
using Vault.Storage;
using Vault.Storage.Local;

namespace Vault.Silo;

/// <summary>The local directory of the default server: the two key files, <c>state/</c> for silos and <c>content/</c> for file content.</summary>
internal sealed class DataFolder : IDisposable
{
    // Where everything that outlives an upload lies, beneath the folder.
    private static readonly string[] Durable = ["state/streams", "state/blobs", "content/blobs"];

    private readonly LocalDataFolder _state;
    private readonly LocalDataFolder _content;

    private DataFolder(string path, LocalDataFolder state, LocalDataFolder content, SiloKeyFile siloKeys)
    {
        Path = path;
        SiloKeys = siloKeys;
        _state = state;
        _content = content;
        Events = new LocalEventLog(state);
        Accounts = new LocalBlobStore(state);
        Content = new LocalBlobStore(content);
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    public SiloKeyFile SiloKeys { get; }

    public IEventLog Events { get; }

    public IBlobStore Accounts { get; }

    public IBlobStore Content { get; }

    /// <summary>Where the gateways' key file lies.</summary>
    public string GatewayKeyPath => GatewayKeyIn(Path);

    /// <summary>Opens the folder and takes its locks; the first start makes the folder and its keys.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keys">The silos' key file where it lies elsewhere; empty for the folder's own.</param>
    /// <param name="alone">Whether this process is the whole server. Otherwise a gateway owns the content folder, and key
    /// files are brought by whoever sets the cluster up.</param>
    /// <exception cref="StorageException">The folder is in use or cannot be written.</exception>
    /// <exception cref="KeyFileException">A key file is missing or cannot be used.</exception>
    public static DataFolder Open(string path, string keys, bool alone)
    {
        var full = System.IO.Path.GetFullPath(path);
        var siloKeys = keys.Length > 0 ? System.IO.Path.GetFullPath(keys) : SiloKeyIn(full);
        LocalDataFolder? state = null, content = null;
        try
        {
            state = LocalDataFolder.Open(System.IO.Path.Combine(full, "state"));
            content = alone
                ? LocalDataFolder.Open(System.IO.Path.Combine(full, "content"))
                : LocalDataFolder.OpenBeside(System.IO.Path.Combine(full, "content"));
            if (alone && keys.Length == 0)
            {
                EnsureKeys(full);
            }
            else if (!File.Exists(siloKeys))
            {
                throw new KeyFileException(
                    $"{siloKeys} is missing. Processes of a cluster share their key files: start the server once "
                    + "without --role on an empty folder, then give silo.key to the silos and gateway.key to the gateways.");
            }

            return new DataFolder(full, state, content, SiloKeyFile.Open(siloKeys));
        }
        catch
        {
            state?.Dispose();
            content?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        SiloKeys.Dispose();
        _content.Dispose();
        _state.Dispose();
    }

    private static string SiloKeyIn(string folder) => System.IO.Path.Combine(folder, "silo.key");

    private static string GatewayKeyIn(string folder) => System.IO.Path.Combine(folder, "gateway.key");

    // New keys beside old data would lock everyone out, so they are made only where there are no accounts yet.
    private static void EnsureKeys(string folder)
    {
        var (silo, gateway) = (SiloKeyIn(folder), GatewayKeyIn(folder));
        if (File.Exists(silo) && File.Exists(gateway))
        {
            return;
        }

        if (File.Exists(silo) || IsInUse(folder))
        {
            var missing = File.Exists(silo) ? gateway : silo;
            throw new KeyFileException(
                $"{missing} is missing, but {folder} is in use. Restore it from a backup: new keys would lock everyone out.");
        }

        if (!File.Exists(gateway))
        {
            GatewayKeys.Create(gateway);
        }

        using var keys = GatewayKeys.Open(gateway);
        SiloKeyFile.Create(silo, keys.ClusterKey);
    }

    private static bool IsInUse(string folder) => Durable.Any(part => Directory.EnumerateFiles(System.IO.Path.Combine(folder, part), "*", SearchOption.AllDirectories).Any());
}
