using System.Globalization;
using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Grains.Registration;

namespace Vault.Silo;

/// <summary><c>invite</c>: prints an invitation. Needs the silos' key file alone, so it runs beside a running server.</summary>
internal static class InviteCommand
{
    public const string Name = "invite";

    private const string DaysOption = "--days";
    private const int DefaultDays = 7;

    /// <exception cref="OptionsException">An option cannot be used.</exception>
    /// <exception cref="Vault.Gateway.Keys.KeyFileException">There is no key file to make it with.</exception>
    public static async Task RunAsync(string[] args, TextWriter output)
    {
        var at = Array.IndexOf(args, DaysOption);
        var days = DefaultDays;
        if (at >= 0)
        {
            if (at + 1 == args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out days)
                || days is < 1 or > Invitation.MaxDays)
            {
                throw new OptionsException($"{DaysOption} needs a number of days behind it, 1 to {Invitation.MaxDays}.");
            }

            args = [.. args[..at], .. args[(at + 2)..]];
        }

        var options = Startup.CreateBuilder(args).Configuration.Options<SiloOptions>();
        using var keys = SiloKeyFile.Open(DataFolder.SiloKeyPath(options.Data, options.Keys));
        var end = DateTimeOffset.UtcNow.AddDays(days);
        await output.WriteLineAsync(Invitation.New(keys.Keys, end));
        await output.WriteLineAsync($"Good for one account until {end:yyyy-MM-dd HH:mm} UTC. The person runs:");
        await output.WriteLineAsync("  New-VaultAccount -Server <your server> -Email <their address> -Invitation <the line above>");
    }
}
