using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Vault.Gateway.Keys;
using Vault.Storage;

namespace Vault.Gateway.Hosting;

/// <summary>What both executables do around their hosts: quiet logs, and errors of the operator's told in one line.</summary>
public static class Startup
{
    /// <summary>The exit code after an error that the operator can mend.</summary>
    public const int OperatorError = 2;

    private const string LogFormat = "Vault:Logs";

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--listen"] = "Vault:Listen",
        ["--data"] = "Vault:Data",
        ["--role"] = "Vault:Role",
        ["--keys"] = "Vault:Keys",
        ["--silo"] = "Vault:Silo",
        ["--silo-port"] = "Vault:SiloPort",
        ["--gateway-port"] = "Vault:GatewayPort",
        ["--redis"] = "Vault:Cluster:Redis",
        ["--address"] = "Vault:Cluster:Address",
        ["--ops"] = "Vault:Ops:Listen",
        ["--state"] = "Vault:Storage:State",
        ["--content"] = "Vault:Storage:Content",
    };

    // What shows that a value lets its reader into a storage account.
    private static readonly string[] Secrets = ["AccountKey=", "SharedAccessSignature=", "sig="];

    /// <summary>
    /// A host with the configuration of appsettings.json beside the program, environment (<c>Vault__Listen</c>) and command line, and quiet logs.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="stop">For a host that is started: what it obeys meanwhile.</param>
    /// <exception cref="OptionsException">The command line has a word, or the section <c>Vault</c> a name, that means nothing.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args, StopRequest? stop = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        RequireKnown(args);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory, // wherever the process is started from
            Args = ["--hostBuilder:reloadConfigOnChange=false"], // settings are read once, and a folder is not watched for nothing
        });
        builder.Configuration.AddCommandLine(args, Switches);
        SettingNames.Require(builder.Configuration);
        builder.Logging.ClearProviders();
        AddConsole(builder);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error); // it warns of every paused machine
        builder.Logging.AddFilter("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Error); // requests tell that a silo is away
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical); // RunAsync tells why a start failed
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        if (stop is not null)
        {
            builder.Services.AddHostedService(_ => stop);
        }

        return builder;
    }

    /// <summary>The section <c>Vault</c> of the configuration, or another one, as options.</summary>
    /// <exception cref="OptionsException">A value is none of its option's type; the message names it.</exception>
    public static TOptions Options<TOptions>(this IConfiguration configuration, string section = GatewayOptions.Section)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(configuration);
        try
        {
            return configuration.GetSection(section).Get<TOptions>() ?? new TOptions();
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsException($"{error.Message} Correct it on the command line, in appsettings.json or in the environment.");
        }
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

    private static void AddConsole(WebApplicationBuilder builder)
    {
        switch (builder.Configuration[LogFormat]?.ToLowerInvariant())
        {
            case null or "" or "text":
                builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
                break;
            case "json":
                builder.Logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "O"));
                break;
            default:
                throw new OptionsException($"{LogFormat} is '{builder.Configuration[LogFormat]}'; it must be text or json.");
        }
    }

    // Every option takes a value, behind it or behind a '='.
    private static void RequireKnown(string[] args)
    {
        for (var index = 0; index < args.Length; index++)
        {
            var name = args[index].Split('=')[0];
            if (!Switches.ContainsKey(name) && !name.StartsWith("--Vault:", StringComparison.OrdinalIgnoreCase)
                && !name.StartsWith("--Logging:", StringComparison.OrdinalIgnoreCase))
            {
                throw new OptionsException(
                    $"'{args[index]}' means nothing here. There are {string.Join(", ", Switches.Keys)} --Vault:<setting> and --Logging:<setting>.");
            }

            if (name.EndsWith(":Password", StringComparison.OrdinalIgnoreCase))
            {
                throw new OptionsException(
                    $"{name} does not belong on the command line, where every user of the machine can read it. "
                    + $"Set {name[2..].Replace(":", "__", StringComparison.Ordinal)} in the environment, or name a file with {name}File.");
            }

            if (name.Length == args[index].Length && (++index == args.Length || args[index].StartsWith("--", StringComparison.Ordinal)))
            {
                throw new OptionsException($"{name} needs a value behind it.");
            }

            if (Secrets.Any(mark => args[index].Contains(mark, StringComparison.OrdinalIgnoreCase)))
            {
                throw new OptionsException(
                    $"{name} has a secret in it, and everybody on this machine can read command lines. Put it into a file and say "
                    + $"{name} file:PATH, or into the environment.");
            }
        }
    }

    private static string? Explain(Exception error) => error switch
    {
        OptionsException or OptionsValidationException or KeyFileException or StorageException => error.Message,
        IOException { InnerException: AddressInUseException } or AddressInUseException =>
            $"{error.Message} Stop the other process, or choose another port with --listen, or --ops for the one for operators.",
        System.Net.Sockets.SocketException => $"The listen address cannot be used: {error.Message}",
        _ => null,
    };
}
