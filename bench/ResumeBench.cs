using System.Diagnostics;
using System.Text;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>A send whose client, and one whose server, is killed at half: what still goes up afterwards, as bytes on the wire.</summary>
internal static class ResumeBench
{
    private const string Email = "ada@example.org";

    public static async Task RunAsync(long length)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            Report.Section($"Resume: {length >> 20} MiB, killed at half");
            var (data, source) = (Path.Combine(folder, "data"), Path.Combine(folder, "source.bin"));
            await FilesBench.WriteRandomAsync(source, length);
            var server = await ServerProcess.StartAsync(data);
            try
            {
                await using var relay = new CountingRelay(server.Address.Port);
                var address = $"127.0.0.1:{relay.Port}#{server.Address.Key}";
                using var password = Password();
                await using (await VaultAccount.CreateAsync(Parse(address), Email, password, Options(folder), default))
                {
                }

                using (var killed = Start(address, folder, source, "client-killed.bin"))
                {
                    await HalfAsync(relay, relay.Passed.Up, length, killed);
                    killed.Kill();
                    await killed.WaitForExitAsync();
                }

                var before = relay.Passed.Up;
                using (var again = Start(address, folder, source, "client-killed.bin"))
                {
                    await EndAsync(again);
                }

                Row("client killed, the same line again", relay.Passed.Up - before, length);

                using var client = Start(address, folder, source, "server-killed.bin");
                await HalfAsync(relay, relay.Passed.Up, length, client);
                await server.DisposeAsync(); // kills it
                before = relay.Passed.Up;
                server = await ServerProcess.StartAsync(data);
                relay.Target = server.Address.Port;
                await EndAsync(client);
                Row("server killed and started again, the same command goes on", relay.Passed.Up - before, length);
            }
            finally
            {
                await server.DisposeAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The process that sends, and may be killed.</summary>
    public static async Task ClientAsync(string server, string folder, string source, string name)
    {
        using var password = Password();
        await using var session = await VaultSession.ConnectAsync(Parse(server), Email, password, Options(folder), default);
        await session.SendAsync(source, name, null, null, default);
    }

    private static void Row(string what, long moved, long length) =>
        Report.Row(what, $"{moved >> 20} MiB go up, {100.0 * moved / length:F1} % of the file");

    private static async Task HalfAsync(CountingRelay relay, long from, long length, Process client)
    {
        while (relay.Passed.Up - from < length / 2)
        {
            if (client.HasExited)
            {
                throw new InvalidOperationException("The client ended before half of the file was sent.");
            }

            await Task.Delay(5);
        }
    }

    private static async Task EndAsync(Process client)
    {
        await client.WaitForExitAsync();
        if (client.ExitCode != 0)
        {
            throw new InvalidOperationException("The client did not finish its send.");
        }
    }

    private static Process Start(string server, string folder, string source, string name) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "Vault.Bench.dll"), "resume-client", server, folder, source, name]))!; // no shell

    private static ConnectOptions Options(string folder) =>
        new() { StateFolder = Path.Combine(folder, "state"), ReconnectFor = TimeSpan.FromMinutes(2) };

    private static SecretBytes Password() => new(Encoding.UTF8.GetBytes("correct horse battery staple"));

    private static ServerAddress Parse(string text) =>
        ServerAddress.TryParse(text, out var address) ? address : throw new ArgumentException($"'{text}' is no address.", nameof(text));
}
