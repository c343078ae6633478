using System.Globalization;
using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

/// <summary>
/// A process is killed in the middle of its work, again and again in one folder; whatever it acknowledged must be
/// there. This shows what a kill leaves. What a power cut leaves is set up by hand in the tests of log and store.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Rounds = 5;

    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task AppendAsync_ProcessKilled_EveryAcknowledgedEventIsThere()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = await RunAndKillAsync("append", 20 + (37 * round));
            using var folder = LocalDataFolder.Open(_temporary.Path);
            var log = new LocalEventLog(folder);
            var events = await log.AllAsync(Users);
            Assert.True(
                events.Count >= acknowledged, $"{events.Count} of {acknowledged} acknowledged events are there.");
            Assert.All(events, stored => Assert.Equal($"{{\"number\":{stored.Version}}}", stored.Text()));

            // And the stream takes more, though the last line may be torn.
            await log.AppendAsync(
                Users, events[^1].Head, Events.New(events.Count + 1), CancellationToken.None);
        }
    }

    [Fact]
    public async Task CommitAsync_ProcessKilled_WhatIsVisibleIsWholeAndNothingAcknowledgedIsLost()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = await RunAndKillAsync("stage", 3 + (2 * round));
            using var folder = LocalDataFolder.Open(_temporary.Path);
            var store = new LocalBlobStore(folder);
            for (var number = 0; number <= acknowledged + 1; number++)
            {
                var blob = TestBlob.Create(number, length: 1_000_000, partSize: 100_000);
                var content = await store.ReadAsync(blob.Name, blob.Content.Length, CancellationToken.None);
                if (content is not null || number <= acknowledged)
                {
                    Assert.Equal(blob.Content, content);
                }
            }

            // The one that was cut off is finished with what is staged.
            var cut = TestBlob.Create(acknowledged + 1, length: 1_000_000, partSize: 100_000);
            var staged = await store.StagedPartsAsync(cut.Name, CancellationToken.None);
            foreach (var part in cut.Parts.Except(staged))
            {
                await store.StagePartAsync(cut.Name, part, cut.Open(part), CancellationToken.None);
            }

            await store.CommitAsync(cut.Name, cut.Parts, CancellationToken.None);
            Assert.Equal(cut.Content, await store.ReadAsync(cut.Name, cut.Content.Length, CancellationToken.None));
            await store.DeleteFolderAsync(BlobName.Create("files"), CancellationToken.None);
        }
    }

    /// <summary>
    /// Kills the child after it acknowledged that much; answers the last number that it said before it died.
    /// </summary>
    private async Task<int> RunAndKillAsync(string work, int lines)
    {
        using var child = Child.Start(work, _temporary.Path);
        string? last = null;
        for (var line = 0; line < lines; line++)
        {
            last = await child.Output.ReadLineAsync()
                ?? throw new InvalidOperationException("The child ended by itself.");
        }

        child.Kill();
        while (await child.Output.ReadLineAsync() is { } more)
        {
            last = more;
        }

        return int.Parse(last!, CultureInfo.InvariantCulture); // lines > 0
    }
}
