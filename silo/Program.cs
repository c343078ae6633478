using Vault.Gateway.Hosting;
using Vault.Silo.Admin;

namespace Vault.Silo;

/// <summary>The server: silo and gateway in one process, or the silo alone. Or, behind the words <c>admin</c> and <c>invite</c>, an operator's tool.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var exitCode = 0;
        var failed = await Startup.RunAsync(async () =>
        {
            if (args is [AdminProgram.Word, .. var command])
            {
                exitCode = await AdminProgram.RunAsync(command, Console.Out, Console.Error);
                return;
            }

            if (args is [InviteCommand.Name, .. var options])
            {
                await InviteCommand.RunAsync(options, Console.Out);
                return;
            }

            await StopRequest.ObeyAsync(async stop =>
            {
                await using var server = await VaultServer.StartAsync(args, stop: stop);
                Welcome.Print(server, Console.Out);
                await server.WaitForShutdownAsync();
            });
        });
        return failed == 0 ? exitCode : failed;
    }
}
