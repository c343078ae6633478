using Vault.Client.Channel;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>What a connection costs the gateway while it has nothing to say.</summary>
internal static class IdleBench
{
    private const int Connections = 1_000;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"), "--Vault:MaxConnectionsPerAddress", "2000");
            using var key = SecretBytes.Random(32);
            var clients = new List<HttpClient>();
            await OpenAsync(server, key, clients, 50); // what the first connections load is not theirs
            await Task.Delay(TimeSpan.FromSeconds(5));
            var before = server.Memory().Now;
            await OpenAsync(server, key, clients, Connections);
            await Task.Delay(TimeSpan.FromSeconds(10));
            var after = server.Memory().Now;
            Report.Section($"Idle connections: {Connections} handshaken, one request each, then silent for 10 s");
            Report.Row("resident memory of the server", $"{before:F0} MiB before, {after:F0} MiB with them");
            Report.Row("a connection", $"{(after - before) * 1024 / Connections:F1} KiB");
            clients.ForEach(client => client.Dispose());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task OpenAsync(ServerProcess server, SecretBytes key, List<HttpClient> clients, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var client = new NoiseConnector(server.Address.Host, server.Address.Port, key, _ => true, TimeSpan.FromSeconds(10)).CreateHttpClient();
            clients.Add(client);
            (await client.GetAsync("/v1/server")).EnsureSuccessStatusCode().Dispose();
        }
    }
}
