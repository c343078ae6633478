using System.Net;
using Vault.Protocol;
using Vault.Storage;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>A store that takes its time: what a gateway holds for it in memory stays within <see cref="GatewayOptions.MaxTransfers"/> MiB.</summary>
public sealed class SlowStorageTests
{
    private const int Mebibytes = 32, People = 4, SendsEach = 6, PartLength = 4_000_000;

    // A part takes 4 of the budget's MiB: 8 are in memory at once, and no account has more than half of them.
    private const int Expected = Mebibytes / 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task PutPart_StoreIsSlow_HoldsNoMoreThanTheBound()
    {
        SlowStore? slow = null;
        await using var vault = await RunningVault.StartBehindAsync(
            store => slow = new SlowStore(store), "--Vault:MaxTransfers", $"{Mebibytes}", "--Vault:TransferWait", "00:01:00");
        var store = slow!; // the server has started with it
        var people = await Task.WhenAll(Enumerable.Range(0, People).Select(_ => TestPerson.SignUpAsync(vault)));
        try
        {
            var sends = new List<TestSend>();
            foreach (var person in people)
            {
                for (var number = 0; number < SendsEach; number++)
                {
                    var send = new TestSend(person, PartLength, partSize: PartLayout.DefaultPartSize);
                    await send.MustReserveAsync();
                    sends.Add(send);
                }
            }

            var puts = sends.Select(send => send.PutPartAsync(0)).ToArray();
            await UntilAsync(() => store.Held == Expected);
            foreach (var person in people.Concat(people)) // behind the parts on the same connections: all of those have arrived by then
            {
                using var session = await person.Http.GetAsync(Routes.Session);
                Assert.Equal(HttpStatusCode.OK, session.StatusCode);
            }

            Assert.Equal(Expected, store.Held);
            Assert.DoesNotContain(puts, put => put.IsCompleted);
            store.Open();
            foreach (var put in puts)
            {
                using var response = await put.WaitAsync(Patience);
                Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
            }

            Assert.InRange(store.MostBytes, Expected * (long)PartLength, Mebibytes * 1024L * 1024);
        }
        finally
        {
            store.Open();
            Array.ForEach(people, person => person.Dispose());
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    /// <summary>Holds each part whole in memory, as the store on Azure does, and takes it on only when it is opened.</summary>
    private sealed class SlowStore(IBlobStore inner) : IBlobStore
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private long _bytes;

        public int Held { get; private set; }

        public long MostBytes { get; private set; }

        public void Open() => _open.TrySetResult();

        public int PartMemory(int length) => length;

        public async Task StagePartAsync(BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken)
        {
            var held = new byte[part.Length];
            Count(1, held.Length);
            try
            {
                await content.ReadExactlyAsync(held, cancellationToken);
                await _open.Task.WaitAsync(cancellationToken);
                using var stream = new MemoryStream(held);
                await inner.StagePartAsync(name, part, stream, cancellationToken);
            }
            finally
            {
                Count(-1, -held.Length);
            }
        }

        public Task<bool> CreateAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            inner.CreateAsync(name, content, cancellationToken);

        public Task ReplaceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            inner.ReplaceAsync(name, content, cancellationToken);

        public Task<byte[]?> ReadAsync(BlobName name, int maxLength, CancellationToken cancellationToken) =>
            inner.ReadAsync(name, maxLength, cancellationToken);

        public Task<Stream?> OpenReadAsync(BlobName name, long offset, long length, CancellationToken cancellationToken) =>
            inner.OpenReadAsync(name, offset, length, cancellationToken);

        public Task<long?> LengthAsync(BlobName name, CancellationToken cancellationToken) => inner.LengthAsync(name, cancellationToken);

        public Task<IReadOnlyList<BlobPart>> StagedPartsAsync(BlobName name, CancellationToken cancellationToken) =>
            inner.StagedPartsAsync(name, cancellationToken);

        public Task CommitAsync(BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken) =>
            inner.CommitAsync(name, parts, cancellationToken);

        public Task AbandonAsync(BlobName name, CancellationToken cancellationToken) => inner.AbandonAsync(name, cancellationToken);

        public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

        public Task DeleteIfAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            inner.DeleteIfAsync(name, content, cancellationToken);

        public Task DeleteFolderAsync(BlobName folder, CancellationToken cancellationToken) => inner.DeleteFolderAsync(folder, cancellationToken);

        public IAsyncEnumerable<BlobEntry> ListAsync(BlobName folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

        public IAsyncEnumerable<BlobName> ListStagedAsync(BlobName folder, CancellationToken cancellationToken) =>
            inner.ListStagedAsync(folder, cancellationToken);

        public IAsyncEnumerable<BlobEntry> ListAllAsync(CancellationToken cancellationToken) => inner.ListAllAsync(cancellationToken);

        private void Count(int parts, int bytes)
        {
            lock (_gate)
            {
                Held += parts;
                _bytes += bytes;
                MostBytes = Math.Max(MostBytes, _bytes);
            }
        }
    }
}
