using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Access keys: their list, and what the holder of one gets.</summary>
internal sealed class AccessEndpoints(IGrainFactory grains)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Access, GetAsync);
        routes.MapGet(Routes.AccessKeys, ListAsync);
        routes.MapPut(Routes.AccessKeys, AddAsync);
        routes.MapDelete(Routes.AccessKeyPattern, RemoveAsync);
    }

    private async Task GetAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(
            await grains.User(caller).GetAccess(caller.SessionKey, http.Address()), ProtocolJson.Default.AccessReply);
    }

    private async Task ListAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).ListAccessKeys(caller.SessionKey), ProtocolJson.Default.AccessKeysReply);
    }

    private async Task AddAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.NewAccessKeyRequest, Requests.MaxKeysJson);
        await http.WriteAsync(await grains.User(caller).AddAccessKey(caller.SessionKey, request));
    }

    private async Task RemoveAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).RemoveAccessKey(caller.SessionKey, http.Id<AccessKeyId>("key")));
    }
}
