using System.Globalization;
using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Grains.Registration;

namespace Vault.Silo;

/// <summary><c>invite</c>: prints an invitation; lists and revokes those that nobody used. Needs the silos' key file and the store, and runs
/// beside a running server.</summary>
internal static class InviteCommand
{
    public const string Name = "invite";

    private const string DaysOption = "--days";
    private const int DefaultDays = 7, ShownDigits = 12;

    /// <exception cref="OptionsException">An option cannot be used, or there is no such invitation.</exception>
    /// <exception cref="Vault.Gateway.Keys.KeyFileException">There is no key file to make it with.</exception>
    /// <exception cref="Vault.Storage.StorageException">The store cannot be reached.</exception>
    public static async Task RunAsync(string[] args, TextWriter output)
    {
        string[] words = [.. args.TakeWhile(word => !word.StartsWith('-'))];
        string[] rest = [.. args.Skip(words.Length)];
        var days = TakeDays(ref rest, isWanted: words.Length == 0);
        var configuration = Startup.CreateBuilder(rest).Configuration;
        var options = configuration.Options<SiloOptions>();
        using var keys = SiloKeyFile.Open(DataFolder.SiloKeyPath(options.Data, options.Keys));
        using var state = await SiloStores.OpenStateBesideAsync(
            Path.GetFullPath(options.Data), configuration.Options<StorageSettings>(StorageSettings.Section));
        var book = new InvitationBook(state.Blobs, keys.Keys);
        switch (words)
        {
            case []:
                await MakeAsync(book, days, output);
                break;
            case ["list"]:
                await ListAsync(book, output);
                break;
            case ["revoke", var digits]:
                await RevokeAsync(book, digits, output);
                break;
            default:
                throw new OptionsException(
                    $"'{string.Join(' ', words.Prepend(Name))}' is no command. There are invite, invite list and invite revoke ID.");
        }
    }

    private static int TakeDays(ref string[] args, bool isWanted)
    {
        var at = Array.IndexOf(args, DaysOption);
        if (at < 0)
        {
            return DefaultDays;
        }

        if (!isWanted || at + 1 == args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            || days is < 1 or > InvitationBook.MaxDays)
        {
            throw new OptionsException($"{DaysOption} belongs to invite alone, with a number of days behind it, 1 to {InvitationBook.MaxDays}.");
        }

        args = [.. args[..at], .. args[(at + 2)..]];
        return days;
    }

    private static async Task MakeAsync(InvitationBook book, int days, TextWriter output)
    {
        var now = DateTimeOffset.UtcNow;
        var (text, made) = await book.MakeAsync(now.AddDays(days), now, CancellationToken.None);
        await output.WriteLineAsync(text);
        await output.WriteLineAsync(
            $"Good for one account until {made.ExpiresAt:yyyy-MM-dd HH:mm} UTC; invite revoke {made.Id[..ShownDigits]} takes it back. The person runs:");
        await output.WriteLineAsync("  New-VaultAccount -Server <your server> -Email <their address> -Invitation <the line above>");
    }

    private static async Task ListAsync(InvitationBook book, TextWriter output)
    {
        await output.WriteLineAsync("id\tmade\tgood until");
        foreach (var open in await book.ListAsync(DateTimeOffset.UtcNow, CancellationToken.None))
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{open.Id[..ShownDigits]}\t{open.MadeAt:yyyy-MM-dd HH:mm}\t{open.ExpiresAt:yyyy-MM-dd HH:mm}"));
        }
    }

    private static async Task RevokeAsync(InvitationBook book, string digits, TextWriter output)
    {
        var revoked = await book.RevokeAsync(digits, DateTimeOffset.UtcNow, CancellationToken.None)
            ?? throw new OptionsException(
                $"'{digits}' names no unused invitation, or several: give at least {InvitationBook.MinDigits} digits of its id, as invite list has them.");
        await output.WriteLineAsync($"{revoked.Id[..ShownDigits]} is revoked: nobody can register with it any more.");
    }
}
