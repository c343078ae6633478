using System.Globalization;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Whom an address belongs to, and the contacts that a client keeps sealed in its account.</summary>
internal sealed class ContactEndpoints(IGrainFactory grains, ContentStore content)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.FindProfile, FindProfileAsync);
        routes.MapGet(Routes.Contacts, GetContactsAsync);
        routes.MapPut(Routes.Contacts, PutContactsAsync);
    }

    private async Task FindProfileAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.FindProfileRequest, Requests.MaxSmallJson);
        await http.WriteAsync(
            await grains.User(caller).FindProfile(caller.SessionKey, request), ProtocolJson.Default.ProfileReply);
    }

    private async Task GetContactsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var contacts = await grains.User(caller).GetContacts(caller.SessionKey);
        await http.WriteAsync(
            contacts.Succeeded(out var reply, out _)
                && http.Request.Query[Routes.KnownQuery] == reply.Version.ToString(CultureInfo.InvariantCulture)
                ? reply with { Sealed = null }
                : contacts,
            ProtocolJson.Default.ContactsReply);
    }

    private async Task PutContactsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var user = grains.User(caller);
        (await user.GetSession(caller.SessionKey)).OrRefuse(); // before the body is read
        using var turn = await content.EnterAsync(
            caller.Account, http.Request.ContentLength ?? Requests.MaxContactsJson, http.RequestAborted);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.PutContactsRequest, Requests.MaxContactsJson);
        await http.WriteAsync(
            await user.PutContacts(caller.SessionKey, request), ProtocolJson.Default.ContactsReply);
    }
}
