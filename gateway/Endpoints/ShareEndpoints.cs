using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Who has which file. A recipient fetches a version and its payload by the owner's routes.</summary>
internal sealed class ShareEndpoints(IGrainFactory grains, ContentStore content)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.FileSharesPattern, GetFileSharesAsync);
        routes.MapPut(Routes.FileSharesPattern, GrantAsync);
        routes.MapDelete(Routes.FileSharePattern, RevokeAsync);
        routes.MapGet(Routes.GivenShares, ListGivenAsync);
        routes.MapGet(Routes.ReceivedShares, ListReceivedAsync);
    }

    private async Task GetFileSharesAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(
            await grains.User(caller).GetFileShares(caller.SessionKey, http.Id<FileId>("file"), http.IsBrief()),
            ProtocolJson.Default.FileSharesReply);
    }

    private async Task GrantAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var file = http.Id<FileId>("file");
        var user = grains.User(caller);
        (await user.GetSession(caller.SessionKey)).OrRefuse(); // before the body is read
        using var turn = await content.EnterAsync(
            caller.Account, http.Request.ContentLength ?? Requests.MaxGrantsJson, http.RequestAborted);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.GrantSharesRequest, Requests.MaxGrantsJson);
        await http.WriteAsync(
            await user.GrantShares(caller.SessionKey, file, request), ProtocolJson.Default.GrantSharesReply);
    }

    private async Task RevokeAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).RevokeShare(
            caller.SessionKey, http.Id<FileId>("file"), http.Id<AccountId>("recipient")));
    }

    private async Task ListGivenAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var (after, limit) = http.Page(GivenSharesPage.DefaultLimit, GivenSharesPage.MaxLimit);
        await http.WriteAsync(
            await grains.User(caller).ListGiven(caller.SessionKey, after, limit), ProtocolJson.Default.GivenSharesPage);
    }

    private async Task ListReceivedAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var (after, limit) = http.Page(ReceivedSharesPage.DefaultLimit, ReceivedSharesPage.MaxLimit);
        await http.WriteAsync(
            await grains.User(caller).ListReceived(caller.SessionKey, after, limit),
            ProtocolJson.Default.ReceivedSharesPage);
    }
}
