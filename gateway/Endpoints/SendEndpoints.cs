using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway.Endpoints;

/// <summary>Sends in parts. The stored blob is header ‖ payload: blob part 0 is the age header, blob part k + 1 the payload's part k.</summary>
internal sealed class SendEndpoints(IGrainFactory grains, ContentStore content)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Sends, ReserveAsync);
        routes.MapGet(Routes.SendPartsPattern, GetPartsAsync);
        routes.MapPut(Routes.SendPartPattern, PutPartAsync);
        routes.MapPost(Routes.SendCommitPattern, CommitAsync);
        routes.MapDelete(Routes.SendPattern, ReleaseAsync);
    }

    private async Task ReserveAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var request = await http.ReadJsonAsync(ProtocolJson.Default.ReserveSendRequest, Requests.MaxSmallJson);
        var reservations = (await grains.User(caller).ReserveSends(caller.SessionKey, [request])).OrRefuse();
        await http.WriteAsync(reservations.Items[0], ProtocolJson.Default.SendTarget);
    }

    private async Task GetPartsAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var upload = http.Id<UploadId>("upload");
        (await grains.User(caller).GetReservation(caller.SessionKey, upload)).OrRefuse();
        var staged = await content.Store.StagedPartsAsync(ContentStore.Name(caller.Account, upload), http.RequestAborted);
        await http.WriteJsonAsync(
            new SendPartsReply([.. staged.Where(part => part.Index > 0).Select(part => new ArrivedPart(part.Index - 1, part.Sha256.ToArray()))]),
            ProtocolJson.Default.SendPartsReply);
    }

    private async Task PutPartAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var upload = http.Id<UploadId>("upload");
        var index = http.Number("index");
        var hash = PartHash(http);
        var reservation = (await grains.User(caller).GetReservation(caller.SessionKey, upload)).OrRefuse();
        var layout = Layout(reservation);
        if (index >= layout.PartCount)
        {
            throw RefusedException.Invalid($"Part {index} is none of the {layout.PartCount} parts that were announced.");
        }

        if (http.Request.ContentLength is { } length && length != layout.Length(index))
        {
            throw RefusedException.Invalid($"Part {index} has {layout.Length(index)} bytes, not {length}.");
        }

        var part = new BlobPart(index + 1, reservation.HeaderLength + layout.Offset(index), layout.Length(index), hash);
        using var turn = await content.EnterAsync(
            caller.Account, content.Store.PartMemory(part.Length), http.RequestAborted);
        await content.Store.StagePartAsync(
            ContentStore.Name(caller.Account, upload), part, http.Request.Body, http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CommitAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var upload = http.Id<UploadId>("upload");
        var user = grains.User(caller);
        var reservation = await user.GetReservation(caller.SessionKey, upload); // before the body is read
        if (!reservation.Succeeded(out var open, out var problem) && problem.Code != ErrorCode.NotFound)
        {
            throw new RefusedException(problem);
        }

        using var turn = await content.EnterAsync(
            caller.Account, http.Request.ContentLength ?? Requests.MaxCommitJson, http.RequestAborted);
        var commit = await http.ReadJsonAsync(ProtocolJson.Default.CommitSendRequest, Requests.MaxCommitJson);
        if (commit.Upload != upload)
        {
            throw RefusedException.Invalid("The path and the request name different uploads.");
        }

        // Content first, event second. A send that is not under way may be one that was committed: the grain knows.
        if (open is not null)
        {
            await StoreAsync(ContentStore.Name(caller.Account, upload), open, commit, http.RequestAborted);
        }

        var reply = (await user.CommitSends(caller.SessionKey, [commit])).OrRefuse().Items[0];
        if (reply.Receipt is { } receipt)
        {
            await http.WriteJsonAsync(receipt, ProtocolJson.Default.Receipt);
        }
        else
        {
            await http.WriteProblemAsync(reply.Problem ?? new Problem(ErrorCode.ServerBusy, "The server gave no answer. Try again."));
        }
    }

    private async Task ReleaseAsync(HttpContext http)
    {
        var caller = await http.CallerAsync();
        var upload = http.Id<UploadId>("upload");
        var released = await grains.User(caller).ReleaseSend(caller.SessionKey, upload);
        if (released.Problem is null)
        {
            // What was staged only: a commit may have come first, and its content must stay.
            await content.Store.AbandonAsync(ContentStore.Name(caller.Account, upload), http.RequestAborted);
        }

        await http.WriteAsync(released);
    }

    private async Task StoreAsync(BlobName name, ReserveSendRequest reservation, CommitSendRequest commit, CancellationToken cancellationToken)
    {
        var layout = Layout(reservation);
        if (commit.Header.Length != reservation.HeaderLength || commit.PartHashes.Length != layout.PartCount * SHA256.HashSizeInBytes)
        {
            throw RefusedException.Invalid("The header or the list of parts is not as long as was announced.");
        }

        var parts = new BlobPart[layout.PartCount + 1];
        parts[0] = new BlobPart(0, 0, commit.Header.Length, SHA256.HashData(commit.Header));
        for (var index = 0; index < layout.PartCount; index++)
        {
            parts[index + 1] = new BlobPart(
                index + 1, reservation.HeaderLength + layout.Offset(index), layout.Length(index),
                commit.PartHashes.AsMemory(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
        }

        using var header = new MemoryStream(commit.Header, writable: false);
        await content.Store.StagePartAsync(name, parts[0], header, cancellationToken);
        await content.Store.CommitAsync(name, parts, cancellationToken);
    }

    private static PartLayout Layout(ReserveSendRequest reservation) =>
        PartLayout.TryCreate(reservation.PayloadLength, reservation.PartSize, out var layout)
            ? layout
            : throw RefusedException.Invalid("The announced lengths do not fit together.");

    private static byte[] PartHash(HttpContext http)
    {
        var text = http.Request.Headers[Routes.PartHashHeader].ToString();
        var hash = new byte[SHA256.HashSizeInBytes];
        return text.Length == 2 * hash.Length
            && Convert.FromHexString(text, hash, out _, out _) == System.Buffers.OperationStatus.Done
                ? hash
                : throw RefusedException.Invalid($"The header {Routes.PartHashHeader} must be 64 hexadecimal digits.");
    }
}
