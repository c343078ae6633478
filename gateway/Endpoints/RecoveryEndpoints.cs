using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Recovery by a mailed code. Everything is decided in the silo; the connection that a reset begins on has to end it.</summary>
internal sealed class RecoveryEndpoints(IGrainFactory grains, AnonymousLimit limit)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Recovery, RequestAsync);
        routes.MapPost(Routes.ResetStart, StartAsync);
        routes.MapPost(Routes.ResetLosses, ListLossesAsync);
        routes.MapPost(Routes.ResetFinish, FinishAsync);
    }

    private async Task RequestAsync(HttpContext http)
    {
        limit.TakeRecovery(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.RecoveryRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await SignIn.RequestRecovery(request));
    }

    private async Task StartAsync(HttpContext http)
    {
        limit.TakeRecovery(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.ResetStartRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await SignIn.StartReset(request, http.Origin()), ProtocolJson.Default.ResetStartReply);
    }

    private async Task ListLossesAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.LossesRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await SignIn.ListLosses(request, http.Origin()), ProtocolJson.Default.LossesPage);
    }

    private async Task FinishAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.ResetFinishRequest, Requests.MaxKeysJson);
        await http.WriteAsync(await SignIn.FinishReset(request, http.Origin()), ProtocolJson.Default.ResetFinishReply);
    }

    private ISignInGrain SignIn => grains.GetGrain<ISignInGrain>(0);
}
