using Vault.Gateway.Hosting;

namespace Vault.Silo;

/// <summary>The server: silo and gateway in one process, or the silo alone.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Startup.RunAsync(async () =>
    {
        await using var server = await VaultServer.StartAsync(args);
        Welcome.Print(server, Console.Out);
        await server.WaitForShutdownAsync();
    });
}
