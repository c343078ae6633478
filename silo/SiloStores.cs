using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Storage.Local;

namespace Vault.Silo;

/// <summary>What a silo keeps things in: two local folders, or two containers.</summary>
internal sealed class SiloStores : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _owned;

    private SiloStores(IEventLog events, IBlobStore accounts, IBlobStore content, params IReadOnlyList<IDisposable> owned)
    {
        (Events, Accounts, Content) = (events, accounts, content);
        _owned = owned;
    }

    public IEventLog Events { get; }

    public IBlobStore Accounts { get; }

    public IBlobStore Content { get; }

    /// <summary>The same as one place.</summary>
    public StorePlace Place => new(Events, Accounts, Content);

    /// <summary>Whether anything was there when the stores were opened.</summary>
    public bool HadContent { get; private init; }

    /// <summary>Opens what the settings say; local folders are locked.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="alone">Whether this process is the whole server. Otherwise a gateway owns the local content.</param>
    /// <param name="settings">Where else to keep things.</param>
    /// <exception cref="OptionsException">A setting cannot be used.</exception>
    /// <exception cref="StorageException">The folder is in use or cannot be written.</exception>
    public static async Task<SiloStores> OpenAsync(string folder, bool alone, StorageSettings settings)
    {
        settings.RequireBothOrNone();
        return settings.HasLocalContent ? OpenLocal(folder, alone) : await OpenAzureAsync(settings);
    }

    /// <summary>The state alone, beside a server that may be running: for reading, and for blobs under names that the server never writes.</summary>
    /// <exception cref="OptionsException">A setting cannot be used.</exception>
    /// <exception cref="StorageException">The store cannot be reached.</exception>
    public static async Task<StateBeside> OpenStateBesideAsync(string folder, StorageSettings settings)
    {
        settings.RequireBothOrNone();
        if (!settings.HasLocalContent)
        {
            var container = await settings.OpenStateAsync();
            return new StateBeside(new AzureBlobStore(container), container);
        }

        var state = OpenBeside(Path.Combine(folder, "state"));
        return new StateBeside(new LocalBlobStore(state), state);
    }

    public void Dispose()
    {
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }
    }

    private static LocalDataFolder OpenBeside(string path)
    {
        try
        {
            return LocalDataFolder.Open(path);
        }
        catch (StorageException error) when (error.Reason == StorageError.InUse)
        {
            return LocalDataFolder.OpenBeside(path);
        }
    }

    private static SiloStores OpenLocal(string folder, bool alone)
    {
        var state = LocalDataFolder.Open(Path.Combine(folder, "state"));
        try
        {
            var path = Path.Combine(folder, "content");
            var content = alone ? LocalDataFolder.Open(path) : LocalDataFolder.OpenBeside(path);
            return new SiloStores(
                new LocalEventLog(state), new LocalBlobStore(state), new LocalBlobStore(content), content, state)
            {
                HadContent = !state.IsEmpty || !content.IsEmpty,
            };
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private static async Task<SiloStores> OpenAzureAsync(StorageSettings settings)
    {
        var state = await settings.OpenStateAsync();
        AzureContainer? content = null;
        try
        {
            content = await settings.OpenContentAsync();
            return new SiloStores(
                new AzureEventLog(state), new AzureBlobStore(state), new AzureBlobStore(content), content, state)
            {
                HadContent = !state.WasEmpty || !content.WasEmpty,
            };
        }
        catch
        {
            content?.Dispose();
            state.Dispose();
            throw;
        }
    }
}

/// <summary>The silos' blobs, opened beside a server.</summary>
internal sealed class StateBeside(IBlobStore blobs, IDisposable owned) : IDisposable
{
    public IBlobStore Blobs => blobs;

    public void Dispose() => owned.Dispose();
}
