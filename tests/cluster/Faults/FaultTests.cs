using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Vault.Tests.Server;
using Xunit.Abstractions;

namespace Vault.Cluster.Tests.Faults;

/// <summary>
/// What dies, pauses or goes away in the middle of work by many at once: nothing that was acknowledged is lost or there
/// twice, and every stream's hash chain verifies. How long nobody was answered is printed, not required: it is the machine's.
/// </summary>
[Collection(SharedFaults.Name)]
public sealed partial class FaultTests(FaultFixture fixture, ITestOutputHelper output)
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
            Print($"{program.Listening} left after {clock.Elapsed.TotalSeconds:F1} s{StepsOf(await program.Output)}");
            await start();
        }
    });

    private async Task RequireAsync(string round, Func<Task> fault)
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        using var traffic = new Traffic(fixture.People, Load.Chosen, round);
        await traffic.RunAsync(fault);
        Print($"{round}: {traffic}");
        await traffic.RequireAllAsync();
        Print($"{await fixture.VerifyAsync()} events verified");
    }

    // Of leaving, those that took long enough to be felt.
    private static string StepsOf(string log)
    {
        var steps = LifecycleStep().Matches(log)
            .Select(step => (Name: step.Groups[1].Value, Took: TimeSpan.Parse(step.Groups[2].Value, CultureInfo.InvariantCulture)))
            .Where(step => step.Took >= TimeSpan.FromMilliseconds(50))
            .Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Name} {step.Took.TotalSeconds:F1} s"))
            .ToArray();
        return steps.Length == 0 ? "" : $" ({string.Join(", ", steps)})";
    }

    [GeneratedRegex(@"Stopping lifecycle stage '(.+?)' took '(.+?)'")]
    private static partial Regex LifecycleStep();

    private void Print(string line) => FaultFixture.Print(output, line);

    // So many silos are active, as one that was there all the time sees it.
    private async Task UntilActiveAsync(int count)
    {
        var seen = "nothing";
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var http = new HttpClient { BaseAddress = Cluster.Silos[0].Operations };
        try
        {
            while (true)
            {
                // The dashboard has a grain too, which may have been on the silo that is away.
                using var answer = await http.GetAsync("/dashboard/DashboardCounters", patience.Token);
                seen = $"{answer.StatusCode}";
                if (answer.IsSuccessStatusCode)
                {
                    using var counters = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(patience.Token));
                    var silos = counters.RootElement.GetProperty("hosts").EnumerateArray().Select(silo => silo.GetProperty("status").GetString()).ToArray();
                    if (silos.Count(silo => silo == "Active") == count)
                    {
                        return;
                    }

                    seen = string.Join(", ", silos);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var ended in Cluster.Silos.Where(silo => silo.Errors.IsCompleted))
            {
                seen += $"; {ended.Listening} has ended: {await ended.Errors}";
            }

            Assert.Fail($"{count} active silos are waited for. The dashboard shows: {seen}");
        }
    }
}
