using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.Tests.Server;

namespace Vault.Bench;

/// <summary>
/// How long nobody is answered when a silo or a gateway is killed, how soon a silo leaves that is asked to, and small
/// operations on three silos against one. All on this machine.
/// </summary>
internal static class ClusterBench
{
    private const int People = 12, Logins = 3, Rounds = 3;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5), BeforeKill = TimeSpan.FromSeconds(3), KillSpan = TimeSpan.FromSeconds(10);

    public static async Task RunAsync()
    {
        Report.Section($"Cluster: three silos, two gateways, Azurite and {People} people on this machine");
        await using var cluster = await LocalCluster.StartAsync();
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        var people = new List<ClusterPerson>();
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "source"), new byte[2_000]);
            for (var person = 0; person < People; person++)
            {
                people.Add(await SignUpAsync(cluster, folder, person));
            }

            Task<VaultSession> ConnectAsync(string email) => SignInAsync(cluster, folder, email);
            await new ClusterLoad().RunAsync(people, Logins, folder, ConnectAsync, Span); // so that everything was run once
            await LoseAsync("kill -9 of a silo of three", people, folder, ConnectAsync, round => (
                cluster.Silos[1 + (round % 2)].KillAsync, () => cluster.StartSiloAsync(1 + (round % 2))));
            await LoseAsync("kill -9 of a gateway of two", people, folder, ConnectAsync, round => (
                cluster.Gateways[round % 2].KillAsync, () => cluster.StartGatewayAsync(round % 2)));
            await LoseAsync("SIGTERM to a silo of three", people, folder, ConnectAsync, round => (
                cluster.Silos[1 + (round % 2)].StopAsync, () => cluster.StartSiloAsync(1 + (round % 2))));
            var three = await MeasureAsync(people, folder);
            await cluster.Silos[1].StopAsync();
            await cluster.Silos[2].StopAsync();
            var one = await MeasureAsync(people, folder);
            Report.Note($"{People} people at once, as fast as they can, median of {Rounds} rounds of {Span.TotalSeconds:0} s:");
            Report.Row("session checks a second", Ratio(three.Checks, one.Checks));
            Report.Row("small files sent a second", Ratio(three.Sends, one.Sends));
            Report.Row("processor time that nobody used meanwhile", string.Create(
                CultureInfo.InvariantCulture, $"{three.Free:P0} with three silos, {one.Free:P0} with one"));
        }
        finally
        {
            foreach (var person in people)
            {
                await person.Session.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Ratio(double three, double one) =>
        string.Create(CultureInfo.InvariantCulture, $"{three:F0} with three silos, {one:F0} with one, {three / one:F2} times");

    private static async Task<(double Checks, double Sends, double Free)> MeasureAsync(List<ClusterPerson> people, string folder)
    {
        var number = 0;
        var source = Path.Combine(folder, "source");
        var (checks, sends) = (new List<double>(), new List<double>());
        var processor = new ProcessorTime();
        for (var round = 0; round < Rounds; round++)
        {
            checks.Add(await RateAsync(people, session => session.GetStatusAsync(default)));
            sends.Add(await RateAsync(people, session => session.SendAsync(source, $"{Interlocked.Increment(ref number)}", null, null, default)));
        }

        return (Report.Median(checks), Report.Median(sends), processor.Free);
    }

    private static async Task<double> RateAsync(List<ClusterPerson> people, Func<VaultSession, Task> work)
    {
        var done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(people.Select(async person =>
        {
            while (clock.Elapsed < Span)
            {
                await work(person.Session);
                Interlocked.Increment(ref done);
            }
        }));
        return done / clock.Elapsed.TotalSeconds;
    }

    // The longest that anybody waited for an answer to a request of each kind is how long the cluster was away for it.
    private static async Task LoseAsync(
        string what, List<ClusterPerson> people, string folder, Func<string, Task<VaultSession>> connect,
        Func<int, (Func<Task> End, Func<Task> Start)> victim)
    {
        var (calm, killed) = (new List<ClusterLoad>(), new List<ClusterLoad>());
        var (free, left) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var (end, start) = victim(round);
            var before = new ClusterLoad();
            calm.Add(before);
            await before.RunAsync(people, Logins, folder, connect, BeforeKill);
            var load = new ClusterLoad();
            killed.Add(load);
            var processor = new ProcessorTime();
            var asking = load.RunAsync(people, Logins, folder, connect, KillSpan);
            await Task.Delay(BeforeKill);
            var clock = Stopwatch.StartNew();
            await end();
            left.Add(clock.Elapsed.TotalSeconds);
            await asking;
            free.Add(processor.Free);
            await start();
            await Task.Delay(BeforeKill);
        }

        Report.Note($"{what}, {Rounds} times; the longest that anybody waited for an answer (without it):");
        foreach (var kind in ClusterLoad.Kinds)
        {
            Report.Row(kind, string.Create(
                CultureInfo.InvariantCulture,
                $"{string.Join(", ", killed.Select(load => $"{load[kind].Longest:F1}"))} s ({calm.Max(load => load[kind].Longest):F1} s), of {killed.Sum(load => load[kind].Count)} requests"));
        }

        Report.Row("it was gone after", string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", left.Select(time => $"{time:F1}"))} s"));
        Report.Row("errors that reached a client, each asked again", $"{killed.Sum(load => load.Errors)}");
        Report.Row("processor time that nobody used meanwhile", string.Create(CultureInfo.InvariantCulture, $"{Report.Median(free):P0}"));
    }

    private static async Task<ClusterPerson> SignUpAsync(LocalCluster cluster, string folder, int person)
    {
        using var password = Password();
        var email = $"p{person}@example.org";
        await using var account = await VaultAccount.CreateAsync(cluster.Address, email, password, Options(folder), default);
        var session = account.TakeSession();
        return new ClusterPerson(email, session, await session.SendAsync(Path.Combine(folder, "source"), "received", null, null, default));
    }

    private static async Task<VaultSession> SignInAsync(LocalCluster cluster, string folder, string email)
    {
        using var password = Password();
        return await VaultSession.ConnectAsync(cluster.Address, email, password, Options(folder), default);
    }

    private static ConnectOptions Options(string folder) => new() { StateFolder = Path.Combine(folder, "state") };

    private static SecretBytes Password() => new(Encoding.UTF8.GetBytes("correct horse battery staple"));
}
