using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Security.Cryptography;
using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Bench;

/// <summary>Two hundred clients at once on one server: what they move together, how evenly, and what the server's memory does.</summary>
/// <remarks>
/// Each client is a process of its own, unless told to hold several sessions: 200 take a small machine minutes to start. Before the word is given
/// each sends until its runtime has nothing left to compile, and it compiles everything once, for good: on two cores two hundred compilers
/// are measured otherwise, which go on for minutes.
/// </remarks>
internal static class CrowdBench
{
    private const int FileLength = 4 * 1024 * 1024;
    private const int FewFiles = 64;
    private const int StartedAtOnce = 2;

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan CompilerQuiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmAtMost = TimeSpan.FromSeconds(60);

    /// <param name="processes">How many.</param>
    /// <param name="sessionsEach">How many sessions each of them has.</param>
    /// <param name="time">How long they send. It must be long enough for each to send several files, and to compile what it runs.</param>
    public static async Task ReportAsync(int processes, int sessionsEach, TimeSpan time)
    {
        Report.Section($"Crowd: {processes} processes of {sessionsEach} sessions, each sends files of {FileLength >> 20} MiB for {time.TotalSeconds:F0} s");
        var one = await RunAsync(1, 1, Alone);
        Report.Row("one session", $"{one.Rate:F0} MiB/s, the server's memory at most {one.Memory:F0} MiB; {one.Processor}");
        var all = await RunAsync(processes, sessionsEach, time);
        Report.Row(
            $"{processes * sessionsEach} sessions",
            $"{all.Rate:F0} MiB/s together, {all.Rate / one.Rate:F2} of one session's, the server's memory at most {all.Memory:F0} MiB; {all.Processor}");
        Report.Row("a session's rate", $"{all.Least:F2} to {all.Most:F2} MiB/s: the most is {all.Most / all.Least:F2} times the least");
    }

    /// <summary>A crowd of some size on a server of its own.</summary>
    public static async Task<CrowdFigures> RunAsync(int processes, int sessionsEach, TimeSpan time)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        var clients = new List<Process>();
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"));
            var source = Path.Combine(folder, "source.bin");
            await File.WriteAllBytesAsync(source, RandomNumberGenerator.GetBytes(FileLength));
            var starting = new ParallelOptions { MaxDegreeOfParallelism = StartedAtOnce };
            await Parallel.ForAsync(0, processes, starting, async (number, cancellationToken) =>
            {
                var client = Process.Start(new ProcessStartInfo(
                    "dotnet",
                    [Path.Combine(AppContext.BaseDirectory, "Vault.Bench.dll"), "crowd-client", server.Pinned, Path.Combine(folder, $"client-{number}"),
                        source, $"{sessionsEach}", $"{time.TotalSeconds}"])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    Environment = { ["DOTNET_TieredCompilation"] = "0" }, // compiled once, see above
                })!;
                lock (clients)
                {
                    clients.Add(client);
                }

                if (await client.StandardOutput.ReadLineAsync(cancellationToken) != "ready")
                {
                    throw new InvalidOperationException("A client did not sign in.");
                }
            });

            var machine = new ProcessorTime();
            var serverSeconds = server.ProcessorSeconds();
            clients.ForEach(client => client.StandardInput.WriteLine("go"));
            var rates = new List<double>();
            var clientSeconds = 0.0;
            foreach (var client in clients)
            {
                var output = await client.StandardOutput.ReadToEndAsync();
                var figures = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
                clientSeconds += figures[0];
                rates.AddRange(figures[1..]);
            }

            if (rates.Count != processes * sessionsEach)
            {
                throw new InvalidOperationException($"Only {rates.Count} sessions told what they had sent.");
            }

            var sent = rates.Sum() * time.TotalSeconds;
            var processor = $"processor time for 1 MiB: clients {1e3 * clientSeconds / sent:F1} ms, "
                + $"server {1e3 * (server.ProcessorSeconds() - serverSeconds) / sent:F1} ms, unused {machine.Free:P0}";
            return new CrowdFigures(rates.Sum(), rates.Min(), rates.Max(), server.Memory().Peak, processor);
        }
        finally
        {
            foreach (var client in clients)
            {
                client.Kill();
                await client.WaitForExitAsync();
                client.Dispose();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One process of the crowd: signs in, waits for the word, sends, and prints its processor's seconds and each session's MiB/s.</summary>
    public static async Task ClientAsync(string server, string folder, string source, int count, double seconds)
    {
        var address = ServerAddress.TryParse(server, out var parsed) ? parsed : throw new ArgumentException($"'{server}' is no address.", nameof(server));
        using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
        var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state"), ReconnectFor = TimeSpan.FromMinutes(2) };
        await using var account = await VaultAccount.CreateAsync(address, $"{Path.GetFileName(folder)}@example.org", password, options, default);
        var sessions = new List<VaultSession> { account.Session };
        for (var number = 1; number < count; number++)
        {
            var path = Path.Combine(folder, $"{number}.key");
            await account.Session.CreateAccessKeyAsync($"session {number}", AccessScope.All, DateTimeOffset.UtcNow.AddDays(1), path, default);
            sessions.Add(await VaultSession.ConnectAsync(path, options, default));
        }

        await WarmAsync(sessions, source);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var before = ServerProcess.OwnProcessorSeconds();
        var clock = Stopwatch.StartNew();
        var rates = await Task.WhenAll(sessions.Select(async (session, index) =>
        {
            // Until the time is over: what is under way then counts with the time that it takes.
            var files = 0;
            var last = TimeSpan.Zero;
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                await session.SendAsync(source, $"{index}/{files % FewFiles}.bin", null, null, default);
                files++;
                last = clock.Elapsed;
            }

            return files * (FileLength / 1048576.0) / last.TotalSeconds;
        }));
        Console.WriteLine((ServerProcess.OwnProcessorSeconds() - before).ToString(CultureInfo.InvariantCulture));
        foreach (var rate in rates)
        {
            Console.WriteLine(rate.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var session in sessions.Skip(1))
        {
            await session.DisposeAsync();
        }
    }

    private static async Task WarmAsync(List<VaultSession> sessions, string source)
    {
        var clock = Stopwatch.StartNew();
        var quiet = Stopwatch.StartNew();
        var compiled = -1L;
        while (quiet.Elapsed < CompilerQuiet && clock.Elapsed < WarmAtMost)
        {
            await Task.WhenAll(sessions.Select((session, index) => session.SendAsync(source, $"{index}/first.bin", null, null, default)));
            if (JitInfo.GetCompiledMethodCount() is var now && now != compiled)
            {
                compiled = now;
                quiet.Restart();
            }
        }
    }
}

/// <summary>What a crowd moved, in MiB/s, the server's memory at its highest, in MiB, and where the processor's time went.</summary>
internal sealed record CrowdFigures(double Rate, double Least, double Most, double Memory, string Processor);
