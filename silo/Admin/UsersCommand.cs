using System.Globalization;
using Vault.Grains;
using Vault.Storage;

namespace Vault.Silo.Admin;

/// <summary>Lists accounts by their ids and what they use: one line each, tabs between, a header first.</summary>
internal static class UsersCommand
{
    /// <summary>Prints the table.</summary>
    /// <exception cref="StorageException">A stream is damaged, or the store cannot be read.</exception>
    public static async Task RunAsync(IEventLog log, TextWriter output)
    {
        output.WriteLine("account\tfiles\tversions\tbytes\treserved\tgiven\tlast event");
        await foreach (var usage in AccountUsage.ReadAllAsync(log, CancellationToken.None))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{usage.Account}\t{usage.Files}\t{usage.Versions}\t{usage.Stored}\t{usage.Reserved}\t{usage.Given}\t{usage.LastEvent:u}"));
        }
    }
}
