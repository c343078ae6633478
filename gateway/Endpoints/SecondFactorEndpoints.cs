using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>One-time codes: on and off. A login's code goes with the login.</summary>
internal sealed class SecondFactorEndpoints(IGrainFactory grains)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Totp, PrepareAsync);
        routes.MapPut(Routes.Totp, EnableAsync);
        routes.MapPost(Routes.TotpDisable, DisableAsync);
    }

    private async Task PrepareAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).PrepareTotp(caller.SessionKey), ProtocolJson.Default.TotpSecretReply);
    }

    private async Task EnableAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.EnableTotpRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await grains.User(caller).EnableTotp(caller.SessionKey, request));
    }

    private async Task DisableAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.DisableTotpRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await grains.User(caller).DisableTotp(caller.SessionKey, request, http.Address()));
    }
}
