using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway.Endpoints;

/// <summary>Many small files in one request: one reservation, contents side by side, one commit.</summary>
internal sealed class SendBatchEndpoint(IGrainFactory grains, ContentStore content, ILogger<SendBatchEndpoint> logger)
{
    private const int ParallelStores = 64; // they share syncs

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Routes.SendBatch, SendAsync);

    private async Task SendAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var user = grains.User(caller);
        (await user.GetSession(caller.SessionKey)).OrRefuse(); // before the body is read
        using var turn = await content.EnterAsync(
            caller.Account, http.Request.ContentLength ?? SendBatch.MaxBodyLength, http.RequestAborted);
        var received = await SendBatchReader.ReadAsync(http.Request.BodyReader, http.RequestAborted);
        var replies = new SendBatchItemReply?[received.Count];

        var reservations = (await user.ReserveSends(caller.SessionKey, [.. received.Select(item => item.Item.Reserve)])).OrRefuse();
        await Parallel.ForAsync(
            0, received.Count,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelStores, CancellationToken = http.RequestAborted },
            async (index, stop) =>
            {
                var upload = received[index].Item.Reserve.Upload;
                var problem = reservations.Items[index].Problem
                    ?? await StoreAsync(ContentStore.Name(caller.Account, upload), received[index].Content, stop);
                replies[index] = problem is null ? null : new SendBatchItemReply(upload, null, problem);
            });

        await CommitAsync(user, caller, received, replies);
        await http.WriteJsonAsync(new SendBatchReply([.. replies.Select(reply => reply!)]), ProtocolJson.Default.SendBatchReply);
    }

    /// <summary>Commits what has no problem yet; afterwards every item has its reply.</summary>
    private static async Task CommitAsync(
        IUserGrain user, Caller caller, List<ReceivedItem> received, SendBatchItemReply?[] replies)
    {
        var stored = Enumerable.Range(0, received.Count).Where(index => replies[index] is null).ToArray();
        if (stored.Length == 0)
        {
            return;
        }

        var committed = (await user.CommitSends(caller.SessionKey, [.. stored.Select(index => received[index].Item.Commit)])).OrRefuse();
        for (var number = 0; number < stored.Length; number++)
        {
            replies[stored[number]] = committed.Items[number];
        }
    }

    private async Task<Problem?> StoreAsync(BlobName name, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await content.Store.PutAsync(name, bytes, cancellationToken);
            return null;
        }
        catch (StorageException error)
        {
            GatewayLog.StorageFailed(logger, error, error.Reason);
            return StorageProblems.Of(error);
        }
    }
}
