using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.Tests.Server;

namespace Vault.Bench;

/// <summary>Small operations on three silos against one, and how long nobody is answered when a silo is killed. All on this machine.</summary>
internal static class ClusterBench
{
    private const int People = 12, Rounds = 3;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    public static async Task RunAsync()
    {
        Report.Section($"Cluster: two gateways, Azurite, {People} people at once, median of {Rounds} rounds of {Span.TotalSeconds:0} s");
        await using var cluster = await LocalCluster.StartAsync();
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        var sessions = new List<VaultSession>();
        try
        {
            for (var person = 0; person < People; person++)
            {
                sessions.Add(await SignUpAsync(cluster, folder, person));
            }

            var source = Path.Combine(folder, "source");
            await File.WriteAllBytesAsync(source, new byte[2_000]);
            var three = await MeasureAsync(sessions, source);
            await KillAsync(cluster, sessions);
            await cluster.Silos[1].StopAsync();
            await cluster.Silos[2].StopAsync();
            var one = await MeasureAsync(sessions, source);
            Report.Row("session checks a second", Ratio(three.Checks, one.Checks));
            Report.Row("small files sent a second", Ratio(three.Sends, one.Sends));
        }
        finally
        {
            foreach (var session in sessions)
            {
                await session.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Ratio(double three, double one) =>
        string.Create(CultureInfo.InvariantCulture, $"{three:F0} with three silos, {one:F0} with one, {three / one:F2} times");

    private static async Task<(double Checks, double Sends)> MeasureAsync(List<VaultSession> sessions, string source)
    {
        var number = 0;
        var (checks, sends) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            checks.Add(await RateAsync(sessions, session => session.GetStatusAsync(default)));
            sends.Add(await RateAsync(sessions, session => session.SendAsync(source, $"{Interlocked.Increment(ref number)}", null, null, default)));
        }

        return (Report.Median(checks), Report.Median(sends));
    }

    private static async Task<double> RateAsync(List<VaultSession> sessions, Func<VaultSession, Task> work)
    {
        var done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(sessions.Select(async session =>
        {
            while (clock.Elapsed < Span)
            {
                await work(session);
                Interlocked.Increment(ref done);
            }
        }));
        return done / clock.Elapsed.TotalSeconds;
    }

    // Everybody asks every 20 ms; the longest wait of anybody is how long the cluster was away.
    private static async Task KillAsync(LocalCluster cluster, List<VaultSession> sessions)
    {
        var longest = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var worst = new double[sessions.Count];
            var clock = Stopwatch.StartNew();
            var asking = sessions.Select(async (session, index) =>
            {
                while (clock.Elapsed < TimeSpan.FromSeconds(8))
                {
                    var began = clock.Elapsed;
                    await session.GetStatusAsync(default);
                    worst[index] = Math.Max(worst[index], (clock.Elapsed - began).TotalSeconds);
                    await Task.Delay(20);
                }
            }).ToArray();
            await Task.Delay(1_000);
            await cluster.Silos[1].KillAsync();
            await Task.WhenAll(asking);
            longest.Add(worst.Max());
            await cluster.StartSiloAsync(1);
        }

        Report.Row("kill -9 of one of three silos, the longest that anybody waited", string.Create(
            CultureInfo.InvariantCulture, $"{Report.Median(longest):F1} s, at most {longest.Max():F1} s"));
    }

    private static async Task<VaultSession> SignUpAsync(LocalCluster cluster, string folder, int person)
    {
        using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
        await using var account = await VaultAccount.CreateAsync(
            cluster.Address, $"p{person}@example.org", password, new ConnectOptions { StateFolder = Path.Combine(folder, "state") }, default);
        return account.TakeSession();
    }
}
