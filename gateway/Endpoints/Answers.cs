using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Writes what endpoints answer: JSON, nothing, or a problem.</summary>
internal static class Answers
{
    internal static async Task WriteAsync<T>(this HttpContext http, Outcome<T> outcome, JsonTypeInfo<T> type)
        where T : class
    {
        if (outcome.Succeeded(out var value, out var problem))
        {
            await http.WriteJsonAsync(value, type);
        }
        else
        {
            await http.WriteProblemAsync(problem);
        }
    }

    internal static async Task WriteAsync(this HttpContext http, Outcome<Done> outcome)
    {
        if (outcome.Succeeded(out _, out var problem))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await http.WriteProblemAsync(problem);
        }
    }

    internal static Task WriteJsonAsync<T>(this HttpContext http, T value, JsonTypeInfo<T> type)
    {
        http.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(http.Response.Body, value, type, http.RequestAborted);
    }

    internal static Task WriteProblemAsync(this HttpContext http, Problem problem, int? status = null)
    {
        if (problem.Code == ErrorCode.NotAuthenticated)
        {
            http.Features.Get<ConnectionClaims>()?.Refute();
        }

        VaultMeter.Problems.Add(1, new KeyValuePair<string, object?>("code", problem.Code.ToString()));
        http.Response.StatusCode = status ?? problem.Status;
        http.Response.ContentType = Problem.MediaType;
        if (problem.RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return JsonSerializer.SerializeAsync(http.Response.Body, problem, ProtocolJson.Default.Problem, http.RequestAborted);
    }

    /// <summary>The value, or the end of the request with the grain's problem.</summary>
    internal static T OrRefuse<T>(this Outcome<T> outcome)
        where T : class => outcome.Succeeded(out var value, out var problem) ? value : throw new RefusedException(problem);
}
