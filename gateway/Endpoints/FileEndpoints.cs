using System.Buffers;
using System.Globalization;
using Microsoft.Net.Http.Headers;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway.Endpoints;

/// <summary>Lists, versions and payloads. Content goes from the store to the connection directly, never through a grain.</summary>
internal sealed class FileEndpoints(IGrainFactory grains, ContentStore content)
{
    private const int CopyBufferSize = 256 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Files, ListAsync);
        routes.MapDelete(Routes.FilePattern, RemoveAsync);
        routes.MapGet(Routes.FileVersionPattern, GetVersionAsync);
        routes.MapGet(Routes.FilePayloadPattern, GetPayloadAsync);
    }

    private async Task ListAsync(HttpContext http)
    {
        var caller = http.Caller();
        var user = grains.User(caller);
        var query = http.Request.Query;
        if (query.TryGetValue(Routes.NameTagQuery, out var tag))
        {
            await http.WriteAsync(
                await user.FindFile(caller.SessionKey, NameTag(tag.ToString())), ProtocolJson.Default.FileListPage);
            return;
        }

        FileId? after = null;
        if (query.TryGetValue(Routes.AfterQuery, out var text))
        {
            after = FileId.TryParse(text.ToString(), out var file)
                ? file
                : throw RefusedException.Invalid($"'{Routes.AfterQuery}' must be a file id.");
        }

        var limit = FileListPage.DefaultLimit;
        if (query.TryGetValue(Routes.LimitQuery, out var number)
            && (!int.TryParse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > FileListPage.MaxLimit))
        {
            throw RefusedException.Invalid($"'{Routes.LimitQuery}' must be 1 to {FileListPage.MaxLimit}.");
        }

        await http.WriteAsync(await user.ListFiles(caller.SessionKey, after, limit), ProtocolJson.Default.FileListPage);
    }

    private async Task RemoveAsync(HttpContext http)
    {
        var caller = http.Caller();
        await http.WriteAsync(await grains.User(caller).RemoveFile(caller.SessionKey, http.Id<FileId>("file")));
    }

    private async Task GetVersionAsync(HttpContext http)
    {
        var version = await VersionAsync(http);
        await http.WriteJsonAsync(version.Reply, ProtocolJson.Default.FileVersionReply);
    }

    private async Task GetPayloadAsync(HttpContext http)
    {
        var version = await VersionAsync(http);
        var (offset, length) = Range(http, version.PayloadLength);
        using var turn = await content.EnterAsync(http.RequestAborted);
        await using var source = await content.Store.OpenReadAsync(
            ContentStore.Name(version.Reply.Owner, version.Upload), version.HeaderLength + offset, length, http.RequestAborted)
            ?? throw new StorageException(StorageError.Damaged, "Content that an event names is not in the store.");
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = length;
        http.Response.Headers.AcceptRanges = "bytes";
        await CopyAsync(source, http);
    }

    private static async Task CopyAsync(Stream source, HttpContext http)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            for (int read; (read = await source.ReadAsync(buffer, http.RequestAborted)) > 0;)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
            }
        }
        catch (StorageException) when (http.Response.HasStarted)
        {
            http.Abort(); // a body that ends early must not look whole
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<FileVersion> VersionAsync(HttpContext http) => (await grains.File(http.Id<FileId>("file"))
        .GetVersion(http.Caller(), http.Number("version"))).OrRefuse();

    private static (long Offset, long Length) Range(HttpContext http, long whole)
    {
        if (http.Request.GetTypedHeaders().Range is not { } range)
        {
            return http.Request.Headers.Range.Count == 0
                ? (0, whole)
                : throw RefusedException.Invalid("The Range header is malformed.");
        }

        if (range.Unit != "bytes" || range.Ranges.Count != 1
            || range.Ranges.First() is not { From: { } from, To: var to } || from >= whole)
        {
            http.Response.Headers.ContentRange = new ContentRangeHeaderValue(whole).ToString();
            throw RefusedException.Invalid($"One range 'bytes=first-last' within the {whole} bytes of the payload, please.");
        }

        var last = Math.Min(to ?? long.MaxValue, whole - 1);
        http.Response.StatusCode = StatusCodes.Status206PartialContent;
        http.Response.Headers.ContentRange = new ContentRangeHeaderValue(from, last, whole).ToString();
        return (from, last - from + 1);
    }

    private static byte[] NameTag(string text)
    {
        try
        {
            var tag = Convert.FromHexString(text);
            return tag.Length == ReserveSendRequest.NameTagLength ? tag : throw new FormatException();
        }
        catch (FormatException)
        {
            throw RefusedException.Invalid($"'{Routes.NameTagQuery}' must be 64 hexadecimal digits.");
        }
    }
}
