using Microsoft.AspNetCore.Connections;
using Vault.Gateway.Keys;
using Vault.Storage;

namespace Vault.Gateway.Hosting;

/// <summary>What both executables do around their hosts: quiet logs, and errors of the operator's told in one line.</summary>
public static class Startup
{
    /// <summary>The exit code after an error that the operator can mend.</summary>
    public const int OperatorError = 2;

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--listen"] = "Vault:Listen",
        ["--data"] = "Vault:Data",
        ["--role"] = "Vault:Role",
        ["--keys"] = "Vault:Keys",
        ["--silo"] = "Vault:Silo",
        ["--silo-port"] = "Vault:SiloPort",
        ["--gateway-port"] = "Vault:GatewayPort",
    };

    /// <summary>A host with the configuration of appsettings.json, environment (<c>Vault__Listen</c>) and command line, and quiet logs.</summary>
    /// <exception cref="OptionsException">The command line has a word that means nothing.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        foreach (var arg in args.Where((_, index) => index % 2 == 0))
        {
            if (!Switches.ContainsKey(arg.Split('=')[0]) && !arg.StartsWith("--Vault:", StringComparison.Ordinal))
            {
                throw new OptionsException($"'{arg}' means nothing here. There are {string.Join(", ", Switches.Keys)} and --Vault:<setting>.");
            }
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddCommandLine(args, Switches);
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error); // it warns of every paused machine
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }

    /// <summary>Runs a program; an error that the operator can mend is one line on standard error and <see cref="OperatorError"/>.</summary>
    public static async Task<int> RunAsync(Func<Task> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        try
        {
            await program();
            return 0;
        }
        catch (Exception error) when (Explain(error) is { } explanation)
        {
            await Console.Error.WriteLineAsync($"vault: {explanation}");
            return OperatorError;
        }
    }

    private static string? Explain(Exception error) => error switch
    {
        OptionsException or KeyFileException or StorageException => error.Message,
        IOException { InnerException: AddressInUseException } or AddressInUseException =>
            $"{error.Message} Stop the other process, or choose another port with --listen.",
        System.Net.Sockets.SocketException => $"The listen address cannot be used: {error.Message}",
        _ => null,
    };
}
