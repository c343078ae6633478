using System.Globalization;
using System.Text;

namespace Vault.Storage.Tests;

/// <summary>Short ways to make and read events.</summary>
internal static class Events
{
    internal static readonly DateTimeOffset Noon = new(2025, 1, 31, 12, 0, 0, TimeSpan.Zero);

    internal static NewEvent New(int number, string? data = null) => new(
        "test.happened.v1",
        Noon.AddTicks(number),
        Encoding.UTF8.GetBytes(data ?? string.Create(CultureInfo.InvariantCulture, $"{{\"number\":{number}}}")));

    internal static Task<List<StoredEvent>> AllAsync(this IEventLog log, StreamName stream) =>
        log.FromAsync(stream, StreamHead.Empty);

    internal static async Task<List<StoredEvent>> FromAsync(this IEventLog log, StreamName stream, StreamHead from)
    {
        List<StoredEvent> events = [];
        await foreach (var stored in log.ReadAsync(stream, from, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    internal static async Task<StreamHead> AppendManyAsync(this IEventLog log, StreamName stream, int count)
    {
        var head = StreamHead.Empty;
        for (var number = 1; number <= count; number++)
        {
            head = await log.AppendAsync(stream, head, New(number), CancellationToken.None);
        }

        return head;
    }

    internal static string Text(this StoredEvent stored) => Encoding.UTF8.GetString(stored.Data.Span);
}
