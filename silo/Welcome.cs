using System.Net;
using Vault.Gateway.Operations;

namespace Vault.Silo;

/// <summary>What a person sees when the server has started: where it is, who it is, and what to type next.</summary>
internal static class Welcome
{
    public static void Print(VaultServer server, TextWriter output)
    {
        if (!server.HasGateway)
        {
            output.WriteLine($"Vault silo listening for gateways on {new IPEndPoint(server.ListenAddress, server.Port)}");
            output.WriteLine($"Data folder   {server.DataPath}");
            PrintHealth(server, output);
            return;
        }

        var address = $"{ShownHost(server.ListenAddress)}:{server.Port}";
        output.WriteLine($"Vault is listening on {server.ListenAddress}:{server.Port}");
        output.WriteLine($"Server key    {server.ServerKey}");
        output.WriteLine($"Data folder   {server.DataPath}   (back it up with its key files; silo.key cannot be replaced)");
        PrintHealth(server, output);
        output.WriteLine();
        output.WriteLine("Next, in PowerShell 7.6 or later:");
        output.WriteLine($"  Import-Module '{ModulePath() ?? "Vault"}'");
        output.WriteLine($"  New-VaultAccount -Server '{address}#{server.ServerKey}' -Email you@example.org");
        output.WriteLine("  Send-VaultFile ./some.file");
        output.WriteLine("  Get-VaultFile");
        output.WriteLine("  Get-VaultFile some.file | Receive-VaultFile -Destination ./back/");
        output.WriteLine();
        if (ModulePath() is null)
        {
            output.WriteLine("The module is not beside this program (artifacts/Vault). Build it with: dotnet build powershell");
        }

        output.WriteLine("Stop with Ctrl+C.");
    }

    private static void PrintHealth(VaultServer server, TextWriter output)
    {
        if (server.Operations is { } operations)
        {
            output.WriteLine($"Health        {new Uri(operations, OperationsPort.Ready)}   (Orleans' dashboard at {new Uri(operations, Dashboard.Path)})");
        }
    }

    private static string ShownHost(IPAddress address) => address switch
    {
        _ when address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) => "localhost",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => $"[{address}]",
        _ => address.ToString(),
    };

    // From a checkout the module was built beside this program; elsewhere the person knows where they put it.
    private static string? ModulePath()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var module = Path.Combine(folder.FullName, "artifacts", "Vault", "Vault.psd1");
            if (File.Exists(module))
            {
                return module;
            }
        }

        return null;
    }
}
