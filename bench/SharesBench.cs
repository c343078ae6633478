using System.Diagnostics;
using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>What it costs to give a file away: the same for a large one as for a small one, since only a header travels.</summary>
internal static class SharesBench
{
    private const int Rounds = 15;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"));
            await using var relay = new CountingRelay(server.Address.Port);
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var bob = await VaultAccount.CreateAsync(server.Address, "bob@example.org", password, options, default);
            await using var ada = await VaultAccount.CreateAsync(
                server.Address with { Port = relay.Port }, "ada@example.org", password, options, default);
            Report.Section($"Shares: granting a file, median of {Rounds}, bytes as they cross the wire");
            var small = await SendAsync(folder, ada.Session, "small", 1024);
            var large = await SendAsync(folder, ada.Session, "large", 1L << 30);
            await GrantAsync(relay, ada.Session, small); // meets Bob, and warms up
            var costs = new Dictionary<VaultFile, List<(double Time, long Up, long Down)>> { [small] = [], [large] = [] };
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (file, list) in costs)
                {
                    list.Add(await GrantAsync(relay, ada.Session, file));
                }
            }

            foreach (var (file, list) in costs)
            {
                Report.Row(
                    $"{file.Length / 1024} KiB",
                    $"{Report.Median(list.Select(cost => cost.Time)) * 1000:F1} ms, {Report.Median(list.Select(cost => (double)cost.Up)):F0} bytes up, "
                    + $"{Report.Median(list.Select(cost => (double)cost.Down)):F0} bytes down");
            }

            Report.Row(
                "the large one takes",
                $"{Report.Median(costs[large].Select(cost => cost.Time)) / Report.Median(costs[small].Select(cost => cost.Time)):F2} times as long");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<VaultFile> SendAsync(string folder, VaultSession session, string name, long length)
    {
        var path = Path.Combine(folder, name);
        await using (var file = File.Create(path))
        {
            file.SetLength(length);
        }

        return await session.SendAsync(path, name, null, null, default);
    }

    private static async Task<(double Time, long Up, long Down)> GrantAsync(CountingRelay relay, VaultSession session, VaultFile file)
    {
        var before = relay.Passed;
        var clock = Stopwatch.StartNew();
        var result = (await session.GrantAsync(file, ["bob@example.org"], null, default))[0];
        var time = clock.Elapsed.TotalSeconds;
        var after = relay.Passed;
        if (result.Error is not null)
        {
            throw new InvalidOperationException("The grant failed.", result.Error);
        }

        await session.RevokeAsync(file, "bob@example.org", default);
        return (time, after.Up - before.Up, after.Down - before.Down);
    }
}
