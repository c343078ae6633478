using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway.Endpoints;

/// <summary>Turns whatever ends a request early into a problem; nothing internal leaves the server.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, ContentType: null })
            {
                await http.WriteProblemAsync(new Problem(ErrorCode.NotFound, "There is no such request in this version of the protocol."));
            }
        }
        catch (Exception error) when (IsClientGone(error, http))
        {
            // Nobody reads an answer, and a log that strangers can fill helps nobody.
        }
        catch (RefusedException refused) when (!http.Response.HasStarted)
        {
            await http.WriteProblemAsync(refused.Problem, refused.Status);
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            http.Response.Clear(); // what was said of a content, its length above all, is not the problem's
            await http.WriteProblemAsync(Translate(error, http));
        }
        catch (Exception error)
        {
            GatewayLog.RequestFailed(logger, error, RouteOf(http));
            http.Abort(); // half an answer must not look whole
        }
    }

    private Problem Translate(Exception error, HttpContext http)
    {
        switch (error)
        {
            case BadHttpRequestException bad:
                return new Problem(ErrorCode.InvalidRequest, $"The request was refused: {bad.Message}");
            case StorageException storage:
                GatewayLog.StorageFailed(logger, storage, storage.Reason);
                return StorageProblems.Of(storage);
            case StorageUnavailableException unavailable:
                return new Problem(
                    ErrorCode.StorageUnavailable, unavailable.Message, unavailable.Reason == StorageFailure.Damaged ? null : 5);
            case TimeoutException or OrleansException or SiloUnavailableException:
                GatewayLog.ClusterBusy(logger, error, RouteOf(http));
                return new Problem(ErrorCode.ServerBusy, "The server has too much to do, or a part of it is away. Try again.", 2);
            default:
                GatewayLog.RequestFailed(logger, error, RouteOf(http));
                return new Problem(ErrorCode.ServerBusy, "The server failed at this request. Its operator finds the reason in the log.");
        }
    }

    private static bool IsClientGone(Exception error, HttpContext http) => error switch
    {
        BadHttpRequestException => false,
        OperationCanceledException => http.RequestAborted.IsCancellationRequested,
        IOException => true, // of the connection: storage has an exception of its own
        _ => false,
    };

    private static string RouteOf(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "an unknown route";
}
