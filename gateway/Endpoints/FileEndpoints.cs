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
        routes.MapPut(Routes.FileNamingPattern, NameAsync);
        routes.MapDelete(Routes.FilePattern, RemoveAsync);
        routes.MapPut(Routes.FileNamePattern, RenameAsync);
        routes.MapPut(Routes.FileTrashPattern, TrashAsync);
        routes.MapDelete(Routes.FileTrashPattern, RestoreAsync);
        routes.MapGet(Routes.Trash, ListTrashAsync);
        routes.MapGet(Routes.FileVersionsPattern, ListVersionsAsync);
        routes.MapGet(Routes.FileVersionPattern, GetVersionAsync);
        routes.MapGet(Routes.FilePayloadPattern, GetPayloadAsync);
        routes.MapPost(Routes.FileCopyPattern, CopyAsync);
    }

    private async Task ListAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var user = grains.User(caller);
        var query = http.Request.Query;
        if (query.TryGetValue(Routes.NameTagQuery, out var tag))
        {
            await http.WriteAsync(
                await user.FindFile(caller.SessionKey, NameTag(tag.ToString())), ProtocolJson.Default.FileListPage);
            return;
        }

        var (after, limit) = http.Page(FileListPage.DefaultLimit, FileListPage.MaxLimit);
        await http.WriteAsync(await user.ListFiles(caller.SessionKey, after, limit), ProtocolJson.Default.FileListPage);
    }

    private async Task NameAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.NameFileRequest, Requests.MaxSmallJson);
        await http.WriteAsync(await grains.User(caller).NameFile(caller.SessionKey, http.Id<FileId>("file"), request));
    }

    private async Task RemoveAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).RemoveFile(caller.SessionKey, http.Id<FileId>("file")));
    }

    private async Task RenameAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var file = http.Id<FileId>("file");
        var user = grains.User(caller);
        (await user.GetSession(caller.SessionKey)).OrRefuse(); // before the body is read
        var request = await http.ReadJsonAsync(ProtocolJson.Default.RenameFileRequest, Requests.MaxRenameJson);
        await http.WriteAsync(await user.RenameFile(caller.SessionKey, file, request), ProtocolJson.Default.FileEntry);
    }

    private async Task CopyAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var (file, version) = (http.Id<FileId>("file"), http.Number("version"));
        var user = grains.User(caller);
        (await user.GetSession(caller.SessionKey)).OrRefuse(); // before the body is read
        using var turn = await content.EnterAsync(
            caller.Account, http.Request.ContentLength ?? Requests.MaxCopyJson, http.RequestAborted);
        var request = await http.ReadJsonAsync(ProtocolJson.Default.CopyVersionRequest, Requests.MaxCopyJson);
        await http.WriteAsync(await user.CopyVersion(caller.SessionKey, file, version, request), ProtocolJson.Default.Receipt);
    }

    private async Task TrashAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).TrashFile(caller.SessionKey, http.Id<FileId>("file")));
    }

    private async Task RestoreAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        await http.WriteAsync(await grains.User(caller).RestoreFile(caller.SessionKey, http.Id<FileId>("file")));
    }

    private async Task ListTrashAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var (after, limit) = http.Page(FileListPage.DefaultLimit, FileListPage.MaxLimit);
        await http.WriteAsync(
            await grains.User(caller).ListTrash(caller.SessionKey, after, limit), ProtocolJson.Default.FileListPage);
    }

    private async Task ListVersionsAsync(HttpContext http) => await http.WriteAsync(
        await grains.File(http.Id<FileId>("file")).ListVersions(await http.CallerAsync()), ProtocolJson.Default.FileVersionsReply);

    private async Task GetVersionAsync(HttpContext http)
    {
        var version = await grains.File(http.Id<FileId>("file")).GetVersion(await http.CallerAsync(), http.Number("version"));
        await http.WriteAsync(
            http.IsBrief() && version.Succeeded(out var reply, out _) ? reply with { PartHashes = [] } : version,
            ProtocolJson.Default.FileVersionReply);
    }

    private async Task GetPayloadAsync(HttpContext http)
    {
        var payload = await PayloadAsync(http);
        var (offset, length) = Range(http, payload.PayloadLength);
        using var turn = await content.EnterAsync((await http.CallerAsync()).Account, CopyBufferSize, http.RequestAborted);
        await using var source = await OpenAsync(http, payload, offset, length);
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = length;
        http.Response.Headers.AcceptRanges = "bytes";
        await PassOnAsync(source, http);
    }

    private async Task<Stream> OpenAsync(HttpContext http, FilePayload payload, long offset, long length)
    {
        var name = ContentStore.Name(payload.Owner, payload.Upload);
        var source = await content.Store.OpenReadAsync(name, payload.HeaderLength + offset, length, http.RequestAborted);
        if (source is null)
        {
            await PayloadAsync(http); // refuses if the version was removed since; otherwise something is wrong here
            throw new StorageException(StorageError.Damaged, $"The content {name} is not in the store, but an event names it.");
        }

        return source;
    }

    /// <summary>Reads into the response's own memory: a buffer in between would be one more copy of every byte.</summary>
    private static async Task PassOnAsync(Stream source, HttpContext http)
    {
        var body = http.Response.BodyWriter;
        try
        {
            for (int read; (read = await source.ReadAsync(body.GetMemory(CopyBufferSize), http.RequestAborted)) > 0;)
            {
                body.Advance(read);
                await body.FlushAsync(http.RequestAborted);
            }
        }
        catch (StorageException) when (http.Response.HasStarted)
        {
            http.Abort(); // a body that ends early must not look whole
            throw;
        }
    }

    private async Task<FilePayload> PayloadAsync(HttpContext http) => (await grains.File(http.Id<FileId>("file"))
        .GetPayload(await http.CallerAsync(), http.Number("version"))).OrRefuse();

    /// <summary>The one range asked for (RFC 9110 section 14.2), or everything.</summary>
    private static (long Offset, long Length) Range(HttpContext http, long whole)
    {
        if (http.Request.Headers.Range.Count == 0)
        {
            return (0, whole);
        }

        if (http.Request.GetTypedHeaders().Range is not { Ranges.Count: 1 } range || range.Unit != "bytes")
        {
            throw RefusedException.Invalid("The Range header must be one range of bytes, such as 'bytes=0-1023'.");
        }

        var (from, to) = range.Ranges.First() switch
        {
            { From: { } first, To: var last } => (first, Math.Min(last ?? long.MaxValue, whole - 1)),
            { To: var suffix } => (whole - Math.Min(suffix ?? 0, whole), whole - 1),
        };
        if (from >= whole)
        {
            http.Response.Headers.ContentRange = new ContentRangeHeaderValue(whole).ToString();
            throw new RefusedException(
                new Problem(ErrorCode.InvalidRequest, $"The payload has {whole} bytes; the range lies behind them."),
                StatusCodes.Status416RangeNotSatisfiable);
        }

        http.Response.StatusCode = StatusCodes.Status206PartialContent;
        http.Response.Headers.ContentRange = new ContentRangeHeaderValue(from, to, whole).ToString();
        return (from, to - from + 1);
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
