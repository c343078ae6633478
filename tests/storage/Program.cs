using System.Globalization;
using Vault.Storage.Local;

namespace Vault.Storage.Tests;

/// <summary>
/// What a second process does in the tests that need one: it is started from this assembly and then killed.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["append", var path]:
                await AppendAsync(path);
                return 0;
            case ["stage", var path]:
                await StageAsync(path);
                return 0;
            case ["hold", var path]:
                using (LocalDataFolder.Open(path))
                {
                    Console.WriteLine("held");
                    await Console.In.ReadLineAsync();
                }

                return 0;
            default:
                await Console.Error.WriteLineAsync("append|stage|hold FOLDER");
                return 2;
        }
    }

    /// <summary>Appends without end; says the version of every event once it is acknowledged.</summary>
    private static async Task AppendAsync(string path)
    {
        using var folder = LocalDataFolder.Open(path);
        var log = new LocalEventLog(folder);
        var stream = StreamName.Create("users", "5f0c11");
        var events = await log.AllAsync(stream);
        var head = events.Count == 0 ? StreamHead.Empty : events[^1].Head;
        while (true)
        {
            var number = (int)head.Version + 1;
            head = await log.AppendAsync(stream, head, Events.New(number), CancellationToken.None);
            await Console.Out.WriteLineAsync(head.Version.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Stages and commits one blob after another without end; says each once it is committed.</summary>
    private static async Task StageAsync(string path)
    {
        using var folder = LocalDataFolder.Open(path);
        var store = new LocalBlobStore(folder);
        for (var number = 0; ; number++)
        {
            var blob = TestBlob.Create(number, length: 1_000_000, partSize: 100_000);
            foreach (var part in blob.Parts)
            {
                await store.StagePartAsync(blob.Name, part, blob.Open(part), CancellationToken.None);
            }

            await store.CommitAsync(blob.Name, blob.Parts, CancellationToken.None);
            await Console.Out.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
