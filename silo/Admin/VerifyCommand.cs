using Vault.Gateway;
using Vault.Grains;
using Vault.Storage;

namespace Vault.Silo.Admin;

/// <summary>Reads streams to their ends: every line's hash covers the line and all before it.</summary>
internal static class VerifyCommand
{
    /// <summary>The exit code when something does not verify.</summary>
    public const int Damaged = 3;

    /// <summary>Verifies one stream, or all.</summary>
    /// <returns><see cref="Damaged"/> where one is; each is named on <paramref name="errors"/>.</returns>
    /// <exception cref="OptionsException">There is no such stream.</exception>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<int> RunAsync(IEventLog log, string? only, TextWriter output, TextWriter errors)
    {
        var (streams, events, damaged) = (0, 0L, 0);
        await foreach (var stream in only is null ? AllAsync(log) : OneAsync(only))
        {
            streams++;
            try
            {
                var head = await ReadAsync(log, stream);
                events += head.Version;
                if (only is not null)
                {
                    output.WriteLine($"{stream} verifies: {head.Version} events, the last with hash {head.Hash}.");
                }
            }
            catch (StorageException error) when (error.Reason == StorageError.Damaged)
            {
                damaged++;
                await errors.WriteLineAsync($"vault: {error.Message}");
            }
        }

        if (only is not null && damaged == 0 && events == 0)
        {
            throw new OptionsException($"There is no stream {only}.");
        }

        output.WriteLine($"{streams} streams, {events} events in those that verify; {damaged} damaged.");
        return damaged == 0 ? 0 : Damaged;
    }

    private static async Task<StreamHead> ReadAsync(IEventLog log, StreamName stream)
    {
        var head = StreamHead.Empty;
        await foreach (var stored in log.ReadAsync(stream, StreamHead.Empty, CancellationToken.None))
        {
            head = stored.Head;
        }

        return head;
    }

    private static async IAsyncEnumerable<StreamName> OneAsync(string text)
    {
        yield return StreamName.TryParse(text, out var name)
            ? name
            : throw new OptionsException($"'{text}' is no stream's name. Say for instance users/0123… or files/0123…");
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<StreamName> AllAsync(IEventLog log)
    {
        foreach (var category in AccountUsage.StreamCategories)
        {
            await foreach (var stream in log.ListAsync(category, CancellationToken.None))
            {
                yield return stream;
            }
        }
    }
}
