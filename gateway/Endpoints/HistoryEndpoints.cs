using System.Globalization;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>What happened to an account and to its files, line by line as it is stored.</summary>
internal sealed class HistoryEndpoints(IGrainFactory grains)
{
    // version.hash.position: no number is longer than 19 digits.
    private const int MaxCursorLength = 128;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.History, GetAccountAsync);
        routes.MapGet(Routes.FileHistoryPattern, GetFileAsync);
    }

    private async Task GetAccountAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var (after, limit) = Page(http);
        await http.WriteAsync(
            await grains.User(caller).GetHistory(caller.SessionKey, after, limit), ProtocolJson.Default.HistoryPage);
    }

    private async Task GetFileAsync(HttpContext http)
    {
        var (after, limit) = Page(http);
        await http.WriteAsync(
            await grains.File(http.Id<FileId>("file")).GetHistory(await http.CallerAsync(), after, limit), ProtocolJson.Default.HistoryPage);
    }

    private static (string? After, int Limit) Page(HttpContext http)
    {
        var query = http.Request.Query;
        var after = query.TryGetValue(Routes.AfterQuery, out var place) ? place.ToString() : null;
        if (after?.Length > MaxCursorLength)
        {
            throw RefusedException.Invalid($"'{Routes.AfterQuery}' must be what the page before said.");
        }

        var limit = HistoryPage.DefaultLimit;
        if (query.TryGetValue(Routes.LimitQuery, out var number)
            && (!int.TryParse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit < 1 || limit > HistoryPage.MaxLimit))
        {
            throw RefusedException.Invalid($"'{Routes.LimitQuery}' must be 1 to {HistoryPage.MaxLimit}.");
        }

        return (after, limit);
    }
}
