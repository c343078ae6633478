using System.Diagnostics;
using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Tests.Server;
using Xunit.Abstractions;

namespace Vault.Cluster.Tests.Faults;

/// <summary>A cluster whose streams change segments all the time, and people who work on it.</summary>
public sealed class FaultFixture : IAsyncLifetime
{
    internal LocalCluster Cluster { get; private set; } = null!; // xunit calls InitializeAsync first

    internal People People { get; private set; } = null!;

    /// <summary>Whether the machine is given to these tests: they take minutes and all of it.</summary>
    internal static bool IsWanted => Environment.GetEnvironmentVariable("VAULT_TEST_FAULTS") == "1";

    public async Task InitializeAsync()
    {
        if (!IsWanted)
        {
            return;
        }

        // A login that is lost with its silo counts as an attempt; here more are lost than anybody tries.
        Cluster = await LocalCluster.StartAsync(
            "--Vault:Storage:SegmentLength", "16384", "--Vault:Storage:SnapshotEvery", "50", "--Vault:Attempts:Capacity", "1000");
        People = await People.StartAsync(Cluster.Address);
    }

    public async Task DisposeAsync()
    {
        if (!IsWanted)
        {
            return;
        }

        await People.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}

/// <summary>
/// What dies, pauses or goes away in the middle of work by two hundred at once: nothing that was acknowledged is lost or
/// there twice, and every stream's hash chain verifies.
/// </summary>
public sealed class FaultTests(FaultFixture fixture, ITestOutputHelper output) : IClassFixture<FaultFixture>
{
    private LocalCluster Cluster => fixture.Cluster;

    [SkippableFact]
    public Task SiloKilled_LosesNothing() => RequireAsync("silo-killed", async () =>
    {
        await Cluster.Silos[1].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(5)); // the fault itself: two silos serve
        await Cluster.StartSiloAsync(1);
    });

    [SkippableFact]
    public Task GatewayKilled_LosesNothing() => RequireAsync("gateway-killed", async () =>
    {
        await Cluster.Gateways[0].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(3)); // everybody is at the other
        await Cluster.StartGatewayAsync(0);
    });

    [SkippableFact]
    public Task SiloPausedUntilDeclaredDead_CannotWriteWhenItGoesOn() => RequireAsync("silo-paused", async () =>
    {
        var silo = Cluster.Silos[2];
        await silo.PauseAsync();
        await UntilActiveAsync(2);
        await silo.ResumeAsync();
        Assert.Equal(3, await silo.UntilExitAsync()); // it was told that it is dead, and went
        await Cluster.StartSiloAsync(2);
        await UntilActiveAsync(3);
    });

    [SkippableFact]
    public Task StorageStoppedAndStarted_LosesNothing() => RequireAsync("storage-stopped", async () =>
    {
        await Cluster.Azurite.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(5)); // the fault itself
        await Cluster.Azurite.StartAgainAsync();
    });

    [SkippableFact]
    public Task RedisStoppedForHalfAMinute_IsNotNoticed() => RequireAsync("redis-stopped", async () =>
    {
        Cluster.Redis.Stop();
        await Task.Delay(TimeSpan.FromSeconds(30)); // the fault itself
        Cluster.Redis.StartAgain();
        await UntilActiveAsync(3);
    });

    [SkippableFact]
    public Task SiloAndGatewayAskedToStop_LeaveAndLoseNothing() => RequireAsync("asked-to-stop", async () =>
    {
        foreach (var (program, start) in new (ServerProgram, Func<Task>)[]
        {
            (Cluster.Silos[0], () => Cluster.StartSiloAsync(0)), (Cluster.Gateways[1], () => Cluster.StartGatewayAsync(1)),
        })
        {
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, await program.StopAsync());
            Print($"{program.Listening} left after {clock.Elapsed.TotalSeconds:F1} s");
            await start();
        }
    });

    private async Task RequireAsync(string round, Func<Task> fault)
    {
        Skip.If(!FaultFixture.IsWanted, "Takes minutes and all of the machine; set VAULT_TEST_FAULTS=1 to run it.");
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        using var traffic = new Traffic(fixture.People, round);
        await traffic.RunAsync(fault);
        Print($"{round}: {traffic}");
        await traffic.RequireAllAsync();
        Print($"{await VerifyAsync()} events verified");
    }

    // To the console too, where a run that passes shows it.
    private void Print(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    // Every stream from its beginning; a line that does not verify throws.
    private async Task<long> VerifyAsync()
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

    // So many silos are active, as one that was there all the time sees it.
    private async Task UntilActiveAsync(int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var http = new HttpClient { BaseAddress = Cluster.Silos[0].Operations };
        while (true)
        {
            // The dashboard has a grain too, which may have been on the silo that is away.
            using var answer = await http.GetAsync("/dashboard/DashboardCounters", patience.Token);
            if (answer.IsSuccessStatusCode)
            {
                using var counters = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(patience.Token));
                if (counters.RootElement.GetProperty("hosts").EnumerateArray().Count(silo => silo.GetProperty("status").GetString() == "Active") == count)
                {
                    return;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }
}
