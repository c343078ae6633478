using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Gateway.Keys;
using Vault.Storage;
using Vault.Storage.Local;

namespace Vault.Silo;

/// <summary>
/// The data folder: the two key files and, where nothing else is said, <c>state/</c> for silos and <c>content/</c> for file
/// content.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private DataFolder(string path, SiloStores stores, SiloKeyFile siloKeys) => (Path, Stores, SiloKeys) = (path, stores, siloKeys);

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    public SiloKeyFile SiloKeys { get; }

    /// <summary>The stores, in the folder or elsewhere.</summary>
    public SiloStores Stores { get; }

    /// <summary>Where the gateways' key file lies.</summary>
    public string GatewayKeyPath => GatewayKeyIn(Path);

    /// <summary>Opens the folder and takes its locks; the first start makes the folder and its keys.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keys">The silos' key file where it lies elsewhere; empty for the folder's own.</param>
    /// <param name="alone">Whether this process is the whole server. Otherwise a gateway owns the content folder, and key
    /// files are brought by whoever sets the cluster up.</param>
    /// <param name="storage">Where else events and contents are kept.</param>
    /// <exception cref="OptionsException">A storage setting cannot be used.</exception>
    /// <exception cref="StorageException">The folder is in use or cannot be written.</exception>
    /// <exception cref="KeyFileException">A key file is missing or cannot be used.</exception>
    public static async Task<DataFolder> OpenAsync(string path, string keys, bool alone, StorageSettings storage)
    {
        var full = System.IO.Path.GetFullPath(path);
        var siloKeys = SiloKeyPath(path, keys);
        var stores = await SiloStores.OpenAsync(full, alone, storage);
        try
        {
            if (await StoreCopy.IsUnfinishedAsync(stores.Place, CancellationToken.None))
            {
                throw new OptionsException("An import into this store was not finished: run it again, or empty the store.");
            }

            if (alone && keys.Length == 0)
            {
                EnsureKeys(full, stores.HadContent);
            }
            else if (!File.Exists(siloKeys))
            {
                throw new KeyFileException(
                    $"{siloKeys} is missing. Processes of a cluster share their key files: start the server once "
                    + "without --role on an empty folder, then give silo.key to the silos and gateway.key to the gateways.");
            }

            return new DataFolder(full, stores, SiloKeyFile.Open(siloKeys));
        }
        catch
        {
            stores.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        SiloKeys.Dispose();
        Stores.Dispose();
    }

    /// <summary>Where the silos' key file lies.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keys">The key file where it lies elsewhere; empty for the folder's own.</param>
    public static string SiloKeyPath(string path, string keys) =>
        keys.Length > 0 ? System.IO.Path.GetFullPath(keys) : SiloKeyIn(System.IO.Path.GetFullPath(path));

    private static string SiloKeyIn(string folder) => System.IO.Path.Combine(folder, "silo.key");

    private static string GatewayKeyIn(string folder) => System.IO.Path.Combine(folder, "gateway.key");

    // New keys beside old data would lock everyone out, so they are made only where there are no accounts yet.
    private static void EnsureKeys(string folder, bool isInUse)
    {
        var (silo, gateway) = (SiloKeyIn(folder), GatewayKeyIn(folder));
        if (File.Exists(silo) && File.Exists(gateway))
        {
            return;
        }

        if (File.Exists(silo) || isInUse)
        {
            var missing = File.Exists(silo) ? gateway : silo;
            throw new KeyFileException(
                $"{missing} is missing, but there is stored data. Restore it from a backup: new keys would lock everyone out.");
        }

        PrivateFile.CreateFolder(folder);
        if (!File.Exists(gateway))
        {
            GatewayKeys.Create(gateway);
        }

        using var keys = GatewayKeys.Open(gateway);
        SiloKeyFile.Create(silo, keys.ClusterKey);
    }
}
