using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Tests.Server;
using Xunit.Abstractions;

namespace Vault.Cluster.Tests.Faults;

/// <summary>The tests that share the cluster and the people on it, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedFaults : ICollectionFixture<FaultFixture>
{
    internal const string Name = "faults";
}

/// <summary>A cluster whose streams change segments all the time, and people who work on it.</summary>
public sealed class FaultFixture : IAsyncLifetime
{
    internal LocalCluster Cluster { get; private set; } = null!; // xunit calls InitializeAsync first

    internal People People { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // no test runs
        }

        // A login that is lost with its silo counts as an attempt; here more are lost than anybody tries.
        Cluster = await LocalCluster.StartAsync(
            "--Vault:Storage:SegmentLength", "16384", "--Vault:Storage:SnapshotEvery", "50", "--Vault:Attempts:Capacity", "1000",
            "--Logging:LogLevel:Orleans.Runtime.SiloLifecycleSubject", "Debug"); // says how long each step of leaving took
        People = await People.StartAsync(Cluster.Address);
    }

    public async Task DisposeAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await People.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>Says it to the console too, where a run that passes shows it.</summary>
    internal static void Print(ITestOutputHelper output, string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    /// <summary>Reads every stream from its beginning; a line that does not verify throws. Answers how many events there are.</summary>
    internal async Task<long> VerifyAsync()
    {
        using var container = new AzureContainer(
            AzureLocation.Parse(Cluster.Azurite.ConnectionString, Cluster.Containers.State, null, DateTimeOffset.UtcNow));
        await container.OpenAsync(create: false, default);
        var log = new AzureEventLog(container);
        var events = 0L;
        foreach (var category in new[] { "users", "files" })
        {
            await Parallel.ForEachAsync(log.ListAsync(category, default), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (stream, stop) =>
            {
                var version = 0L;
                await foreach (var stored in log.ReadAsync(stream, StreamHead.Empty, stop))
                {
                    Assert.Equal(++version, stored.Version);
                    Interlocked.Increment(ref events);
                }
            });
        }

        Assert.True(events > 0);
        return events;
    }
}
