using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Everything before a session, and the session itself. All sign-in work is the silo's; messages are only forwarded.</summary>
internal sealed class AccountEndpoints(IGrainFactory grains, AnonymousLimit limit)
{
    private static readonly ServerReply Server = new(
        ServerReply.CurrentProtocol, $"Vault {typeof(AccountEndpoints).Assembly.GetName().Version?.ToString(3)}",
        new KeyStretching(64 * 1024, 3, 1));

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Server, GetServerAsync);
        routes.MapPost(Routes.RegistrationStart, StartRegistrationAsync);
        routes.MapPost(Routes.RegistrationFinish, FinishRegistrationAsync);
        routes.MapPost(Routes.RegistrationConfirm, ConfirmAddressAsync);
        routes.MapPost(Routes.LoginStart, StartLoginAsync);
        routes.MapPost(Routes.LoginFinish, FinishLoginAsync);
        routes.MapPost(Routes.LoginCode, FinishLoginWithCodeAsync);
        routes.MapPost(Routes.CloseAccount, CloseAccountAsync);
        routes.MapGet(Routes.Session, GetSessionAsync);
        routes.MapDelete(Routes.Session, EndSessionAsync);
        routes.MapGet(Routes.Sessions, ListSessionsAsync);
        routes.MapDelete(Routes.Sessions, http => EndOthersAsync(http, null));
        routes.MapDelete(Routes.SessionPattern, http => EndOthersAsync(http, http.Request.RouteValues["session"] as string));
    }

    private Task GetServerAsync(HttpContext http)
    {
        limit.Take(http);
        return http.WriteJsonAsync(Server, ProtocolJson.Default.ServerReply);
    }

    private async Task StartRegistrationAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.RegistrationStartRequest, Requests.MaxSmallJson);
        await http.WriteAsync(
            await SignIn.StartRegistration(request, http.Origin()), ProtocolJson.Default.RegistrationStartReply);
    }

    private async Task FinishRegistrationAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.RegistrationFinishRequest, Requests.MaxSmallJson);
        await http.WriteAsync(
            await SignIn.FinishRegistration(request, http.Origin()), ProtocolJson.Default.RegistrationFinishReply);
    }

    private async Task ConfirmAddressAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.ConfirmAddressRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await SignIn.ConfirmAddress(request));
    }

    private async Task StartLoginAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.LoginStartRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await SignIn.StartLogin(request, http.Origin()), ProtocolJson.Default.LoginStartReply);
    }

    private async Task FinishLoginAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.LoginFinishRequest, Requests.MaxSmallJson);
        await WriteLoginAsync(http, await SignIn.FinishLogin(request, http.Origin()));
    }

    private async Task FinishLoginWithCodeAsync(HttpContext http)
    {
        limit.Take(http);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.LoginCodeRequest, Requests.MaxSmallJson);
        await WriteLoginAsync(http, await SignIn.FinishLoginWithCode(request, http.Origin()));
    }

    private static Task WriteLoginAsync(HttpContext http, Outcome<LoginFinishReply> outcome)
    {
        var reply = outcome.OrRefuse();
        http.Claims().Account = reply.Account;
        return http.WriteJsonAsync(reply, ProtocolJson.Default.LoginFinishReply);
    }

    private async Task CloseAccountAsync(HttpContext http)
    {
        var caller = http.Claimed(); // asked again when it is done, it is no session's any more
        var request = await http.ReadJsonAsync(ProtocolJson.Default.CloseAccountRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await grains.User(caller).CloseAccount(caller.SessionKey, request, http.Address()));
    }

    private async Task GetSessionAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).GetSession(caller.SessionKey), ProtocolJson.Default.SessionReply);
    }

    private async Task EndSessionAsync(HttpContext http)
    {
        var caller = http.Claimed(); // asked again when it is done, it is no session's any more
        await http.WriteAsync(await grains.User(caller).EndSession(caller.SessionKey));
    }

    private async Task ListSessionsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).ListSessions(caller.SessionKey), ProtocolJson.Default.SessionsReply);
    }

    private async Task EndOthersAsync(HttpContext http, string? id)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).EndOthers(caller.SessionKey, id));
    }

    private ISignInGrain SignIn => grains.GetGrain<ISignInGrain>(0);
}
