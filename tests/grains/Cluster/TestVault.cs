using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.TestingHost;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Storage;
using Vault.Storage.Local;
using Vault.Tests.Support;

namespace Vault.Grains.Tests;

/// <summary>A silo, or several, with the real grains on real local storage in a folder of its own.</summary>
public class TestVault : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("vault-grains-").FullName;
    private readonly Action<IServiceCollection>? _configure;
    private readonly short _siloCount;
    private LocalDataFolder? _folder;
    private InProcessTestCluster? _cluster;

    public TestVault()
        : this(null)
    {
    }

    protected internal TestVault(Action<IServiceCollection>? configure, short silos = 1) => (_configure, _siloCount) = (configure, silos);

    internal ManualTime Time { get; } = new();

    internal FaultyEventLog Log { get; private set; } = null!; // set by StartAsync

    internal CrashPoint Crash { get; } = new();

    internal CrashingBlobStore Content { get; private set; } = null!; // set by StartAsync

    internal SiloKeys Keys { get; } = SiloKeys.Generate();

    internal ISignInGrain SignIn => Grains.GetGrain<ISignInGrain>(0);

    internal InProcessTestCluster Cluster => _cluster!; // set by StartAsync

    private IGrainFactory Grains => Cluster.Client;

    public virtual async Task InitializeAsync() => await StartAsync();

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        Keys.Dispose();
        Directory.Delete(_path, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal static async Task<TestVault> StartAsync(Action<IServiceCollection>? configure)
    {
        var vault = new TestVault(configure);
        try
        {
            await vault.StartAsync();
            return vault;
        }
        catch
        {
            await vault.DisposeAsync();
            throw;
        }
    }

    internal IUserGrain User(AccountId account) => Grains.GetGrain<IUserGrain>(account.ToString());

    internal IFileGrain File(FileId file) => Grains.GetGrain<IFileGrain>(file.ToString());

    /// <summary>Where mail is written.</summary>
    internal string Pickup => Path.Combine(_path, "mail");

    /// <summary>Every file beneath streams and blobs.</summary>
    internal virtual IReadOnlyList<string> StoredFiles() =>
        [.. new[] { "streams", "blobs" }.Select(folder => Path.Combine(_path, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)];

    /// <summary>A service of the silo.</summary>
    internal TService Service<TService>()
        where TService : notnull => Cluster.Silos[0].ServiceProvider.GetRequiredService<TService>();

    /// <summary>How many grains of a class are in memory.</summary>
    internal async Task<int> CountActiveAsync<TGrain>() => (await Grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics())
        .Where(grains => grains.GrainType.Split(',')[0] == typeof(TGrain).FullName).Sum(grains => grains.ActivationCount);

    /// <summary>Looks through an account as the silo does now and then.</summary>
    internal Task SweepAsync(TestPerson person) => Service<SweepWork>().SweepAsync(person.Account, default);

    internal Task ForgetAsync(IAddressable grain) => Cluster.DeactivateAsync(grain);

    internal async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>The events of a stream, by name.</summary>
    internal async Task<IReadOnlyList<string>> EventsAsync(string category, string id)
    {
        var types = new List<string>();
        await foreach (var stored in Log.ReadAsync(StreamName.Create(category, id), StreamHead.Empty, default))
        {
            types.Add(stored.Type);
        }

        return types;
    }

    /// <summary>Whether some file of the store holds exactly, or among others, these bytes.</summary>
    internal bool HasBlob(byte[] content) => Directory.EnumerateFiles(_path, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != ".lock")
        .Any(file => StoreSearch.ReadIfThere(file).AsSpan().IndexOf(content) >= 0);

    /// <summary>Stores an event that the activation in memory misses: that of another one, on a silo that took this one's for dead.</summary>
    internal async Task AppendElsewhereAsync<TState, TEvent>(Aggregate<TState, TEvent> aggregate, string id, TEvent stored)
        where TState : class
        where TEvent : class
    {
        var stream = StreamName.Create(aggregate.Category, id);
        var head = StreamHead.Empty;
        await foreach (var before in Log.ReadAsync(stream, StreamHead.Empty, default))
        {
            head = before.Head;
        }

        await Log.AppendAsync(stream, head, aggregate.Events.Write(stored, Time.GetUtcNow()), default);
    }

    /// <summary>The file that holds a stream.</summary>
    internal string FileOf(string category, string id) =>
        Directory.GetFiles(Path.Combine(_path, "streams", category), id + ".jsonl", SearchOption.AllDirectories).Single();

    internal async Task StartAsync()
    {
        Crash.Disarm();
        var stores = await OpenStoresAsync();
        Log = new FaultyEventLog(stores.Events, Crash);
        var blobs = new CrashingBlobStore(stores.Blobs, Crash);
        Content = blobs;
        var builder = new InProcessTestClusterBuilder(_siloCount);
        builder.Options.GatewayPerSilo = false; // so that any but the first can die without the client's noticing
        builder.Options.ConfigureFileLogging = false;
#pragma warning disable ORLEANSEXP003 // As in the product, where there are several silos.
        builder.Options.UseDistributedGrainDirectory = _siloCount > 1;
#pragma warning restore ORLEANSEXP003
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IEventLog>(Log);
            silo.Services.AddSingleton(Keys);
            silo.Services.AddKeyedSingleton<IBlobStore>(BlobStores.Accounts, blobs);
            silo.Services.AddKeyedSingleton<IBlobStore>(BlobStores.Content, blobs);
            silo.AddVaultGrains();
            silo.Services.Configure<MailOptions>(mail => mail.Pickup = Pickup);

            // The grains' clock only: Orleans takes silos for dead whose clock stands still or leaps.
            silo.Services.AddSingleton(
                services => ActivatorUtilities.CreateInstance<EventSourcingServices>(services, Time));
            _configure?.Invoke(silo.Services);
        });
        builder.ConfigureClient(client => client.Services.AddSerializer(serializer => serializer.AddVaultProtocol()));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    internal async Task StopAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.StopAllSilosAsync();
            await _cluster.DisposeAsync();
            _cluster = null;
        }

        CloseStores();
    }

    /// <summary>Where the silos keep everything.</summary>
    private protected virtual Task<(IEventLog Events, IBlobStore Blobs)> OpenStoresAsync()
    {
        _folder = LocalDataFolder.Open(_path);
        return Task.FromResult<(IEventLog, IBlobStore)>((new LocalEventLog(_folder), new LocalBlobStore(_folder)));
    }

    /// <summary>Called when no silo uses them any more.</summary>
    private protected virtual void CloseStores()
    {
        _folder?.Dispose();
        _folder = null;
    }
}
