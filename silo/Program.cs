using Vault.Gateway.Hosting;

namespace Vault.Silo;

/// <summary>The server: silo and gateway in one process, or the silo alone.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => args is [InviteCommand.Name, .. var options]
        ? Startup.RunAsync(() => InviteCommand.RunAsync(options, Console.Out))
        : Startup.RunAsync(() => ServeAsync(args));

    private static async Task ServeAsync(string[] args)
    {
        await using var server = await VaultServer.StartAsync(args);
        Welcome.Print(server, Console.Out);
        await server.WaitForShutdownAsync();
    }
}
