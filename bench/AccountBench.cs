using System.Diagnostics;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Client.Files;
using Vault.Cryptography.Primitives;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Storage;
using Vault.Storage.Local;

namespace Vault.Bench;

/// <summary>An account of 100,000 files: its list after a silo restart, a wildcard, and what it takes of the silo's memory.</summary>
/// <remarks>The account's stream is written as sends in batches of 64 would have left it; the files' own streams are not needed for a list.</remarks>
internal static class AccountBench
{
    private const int Count = 100_000;
    private const int Batch = 64;

    public static async Task RunAsync()
    {
        Report.Section($"An account of {Count} files");
        var folder = Directory.CreateTempSubdirectory("vault-bench-account-").FullName;
        try
        {
            var data = Path.Combine(folder, "data");
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state"), AcceptUnknownServer = true };
            using var password = new SecretBytes("correct horse battery"u8);
            ServerAddress place; // the same after each restart, as it is in life
            await using (var server = await ServerProcess.StartAsync(data))
            {
                place = server.Address;
                await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
                await FillAsync(account.Session, data, server);
            }

            var accessKey = Path.Combine(folder, "access.key");
            await using (var session = await PrepareAsync(data, place, password, options, accessKey))
            {
                await MeasureFirstRequestAsync(data, place, session);
            }

            await MeasureFirstSignInAsync(data, place, accessKey, options);
            await MeasureListsAsync(data, place, password, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<ServerProcess> RestartAsync(string data, ServerAddress place) =>
        ServerProcess.StartAsync(data, "--listen", place.ToString());

    /// <summary>The first start reads every event and writes a snapshot, as a silo that ran while they came in would have. The session that
    /// is answered lives on when that silo is gone.</summary>
    private static async Task<VaultSession> PrepareAsync(
        string data, ServerAddress place, SecretBytes password, ConnectOptions options, string accessKey)
    {
        await using var server = await RestartAsync(data, place);
        var session = await VaultSession.ConnectAsync(place, "ada@example.org", password, options, default);
        await session.CreateAccessKeyAsync("bench", AccessScope.All, DateTimeOffset.UtcNow.AddDays(1), accessKey, default);
        await Task.Delay(TimeSpan.FromSeconds(5));
        return session;
    }

    private static async Task MeasureFirstRequestAsync(string data, ServerAddress place, VaultSession session)
    {
        await using var server = await RestartAsync(data, place);
        var first = await TimeAsync(() => session.FindAsync(NameOf(Count / 2), default));
        var second = await TimeAsync(() => session.FindAsync(NameOf(Count / 3), default));
        Report.Row(
            "the first request after a restart, of somebody who was signed in: a file by its name",
            $"{first:F2} s, the new connection included; another one {second * 1000:F0} ms");
    }

    private static async Task MeasureFirstSignInAsync(string data, ServerAddress place, string accessKey, ConnectOptions options)
    {
        await using var server = await RestartAsync(data, place);
        async Task SignInAsync()
        {
            await using var session = await VaultSession.ConnectAsync(accessKey, options, default);
        }

        var first = await TimeAsync(SignInAsync);
        var second = await TimeAsync(SignInAsync);
        Report.Row("signing in after a restart, with an access key, so without key stretching", $"{first:F2} s; once more {second * 1000:F0} ms");
    }

    private static async Task MeasureListsAsync(string data, ServerAddress place, SecretBytes password, ConnectOptions options)
    {
        await using var server = await RestartAsync(data, place);
        var before = server.Memory().Now;
        var clock = Stopwatch.StartNew();
        await using var session = await VaultSession.ConnectAsync(place, "ada@example.org", password, options, default);
        var first = clock.Elapsed.TotalSeconds;
        var second = await TimeAsync(async () =>
        {
            await using var other = await VaultSession.ConnectAsync(place, "ada@example.org", password, options, default);
        });
        Report.Row(
            "signing in after a restart, with the password",
            $"{first:F2} s; once more, when the silo has the account, {second:F2} s, nearly all of it key stretching on the client");

        await MeasureAsync("first list of all", session, _ => true);
        await MeasureAsync("list of all", session, _ => true);
        await MeasureAsync("a wildcard (1 of 100)", session, name => name.EndsWith("77.txt", StringComparison.Ordinal));
        var after = server.Memory().Now;
        await Task.Delay(TimeSpan.FromSeconds(15)); // by then a quiet server has given back what the requests left behind
        Report.Row(
            "memory of the server",
            $"{before:F0} MiB before the first request, {after:F0} MiB after these, {server.Memory().Now:F0} MiB when it has been quiet for 15 s");
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task MeasureAsync(string what, VaultSession session, Func<string, bool> matches)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan? first = null;
        var count = 0;
        await foreach (var file in session.ListAsync(default))
        {
            first ??= clock.Elapsed;
            count += matches(file.Name) ? 1 : 0;
        }

        Report.Row(what, $"{count} files in {clock.Elapsed.TotalSeconds:F2} s, the first after {first?.TotalSeconds:F2} s");
    }

    private static async Task FillAsync(VaultSession session, string data, ServerProcess server)
    {
        var (me, stream) = (session.Me, StreamName.Create("users", session.Account.ToString()));
        await server.DisposeAsync();
        using var folder = LocalDataFolder.Open(Path.Combine(data, "state"));
        var log = new LocalEventLog(folder);
        var head = StreamHead.Empty;
        await foreach (var stored in log.ReadAsync(stream, head, default))
        {
            head = stored.Head;
        }

        var now = DateTimeOffset.UtcNow;
        for (var done = 0; done < Count; done += Batch)
        {
            var sends = Enumerable.Range(done, Math.Min(Batch, Count - done)).Select(number =>
            {
                var name = NameOf(number);
                var reservation = new Reservation(
                    UploadId.New(), FileId.New(), Tag(me.Ring.NameTag(name)), 1_627, 4_128, PartLayout.DefaultPartSize, now.AddDays(1));
                var metadata = new FileMetadata(name, 4_096, now, RandomNumberGenerator.GetBytes(32), FileProtection.Key);
                return (reservation, new CommittedSend(
                    reservation.Upload, 1, metadata.SealForOwner(me.Ring.MetadataKey, me.Account, new SendTarget(reservation.File, 1, null)),
                    RandomNumberGenerator.GetBytes(32), now));
            }).ToList();
            var events = UserAggregate.Definition.Events;
            head = await log.AppendAsync(stream, head, events.Write(new SendsReserved([.. sends.Select(send => send.reservation)], []), now), default);
            head = await log.AppendAsync(stream, head, events.Write(new SendsCommitted([.. sends.Select(send => send.Item2)]), now), default);
        }

        Report.Row("stream", $"{head.Version} events, {head.Position >> 20} MiB");
    }

    private static string NameOf(int number) => $"folder-{number / 1000}/document number {number}.txt";

    private static NameTag Tag(byte[] bytes) => NameTag.TryRead(bytes, out var tag) ? tag : throw new InvalidOperationException("A tag has 32 bytes.");
}
