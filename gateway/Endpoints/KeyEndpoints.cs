using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>What opens an account, changed by its owner: password, key ring, recovery key.</summary>
internal sealed class KeyEndpoints(IGrainFactory grains)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.PasswordStart, StartPasswordAsync);
        routes.MapPost(Routes.Keys, ChangeKeysAsync);
        routes.MapGet(Routes.LostKeyRings, GetLostKeyRingsAsync);
        routes.MapGet(Routes.LostContactsPattern, GetLostContactsAsync);
    }

    private async Task StartPasswordAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.PasswordStartRequest, Requests.MaxSmallJson);
        await http.WriteAsync(
            await grains.User(caller).StartPassword(caller.SessionKey, request), ProtocolJson.Default.PasswordStartReply);
    }

    private async Task ChangeKeysAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.ChangeKeysRequest, Requests.MaxKeysJson);
        await http.WriteAsync(await grains.User(caller).ChangeKeys(caller.SessionKey, request));
    }

    private async Task GetLostKeyRingsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(
            await grains.User(caller).GetLostKeyRings(caller.SessionKey), ProtocolJson.Default.LostKeyRingsReply);
    }

    private async Task GetLostContactsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(
            await grains.User(caller).GetLostContacts(caller.SessionKey, http.Number("number")), ProtocolJson.Default.ContactsReply);
    }
}
