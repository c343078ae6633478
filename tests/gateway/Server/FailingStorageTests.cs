using System.Net.Http.Headers;
using System.Reflection;
using Vault.Protocol;
using Vault.Storage;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>A store that opens a content and then gives none of it: nothing of the answer has left yet, so the client is told why.</summary>
public sealed class FailingStorageTests
{
    private const int Length = 200_000;

    [Theory]
    [InlineData(null)]
    [InlineData(1_000)]
    public async Task GetPayload_StoreFailsBeforeTheFirstByte_SaysThatStorageFailed(int? from)
    {
        var store = DispatchProxy.Create<IBlobStore, UnreadableStore>();
        var unreadable = (UnreadableStore)store;
        await using var vault = await RunningVault.StartBehindAsync(inner =>
        {
            unreadable.Inner = inner;
            return store;
        });
        using var person = await TestPerson.SignUpAsync(vault);
        var send = new TestSend(person, Length);
        var receipt = await send.SendAsync();
        unreadable.Fails = true;

        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.FilePayload(receipt.File, 1));
        request.Headers.Range = from is { } first ? new RangeHeaderValue(first, null) : null;
        using var response = await person.SendAsync(request);

        await response.IsProblemAsync(ErrorCode.StorageUnavailable);
        Assert.Null(response.Content.Headers.ContentRange);
        unreadable.Fails = false;
        Assert.Equal(send.Payload, await person.Http.GetByteArrayAsync(Routes.FilePayload(receipt.File, 1)));
    }

    /// <summary>A store whose contents open and cannot be read. Not sealed: the proxy derives from it.</summary>
    public class UnreadableStore : DispatchProxy
    {
        internal IBlobStore Inner { get; set; } = null!; // set before the first call

        internal bool Fails { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            Fails && targetMethod!.Name == nameof(IBlobStore.OpenReadAsync) // a proxy is called by a method
                ? Task.FromResult<Stream?>(new Unreadable())
                : targetMethod!.Invoke(Inner, args);
    }

    private sealed class Unreadable : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new StorageException(StorageError.Unavailable, "The test pulled the plug.");
    }
}
