using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Ends a request with this problem; thrown and caught within the gateway only.</summary>
internal sealed class RefusedException(Problem problem, int? status = null) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;

    /// <summary>The HTTP status, where HTTP has one of its own for this.</summary>
    public int Status { get; } = status ?? problem.Status;

    public static RefusedException Invalid(string detail) => new(new Problem(ErrorCode.InvalidRequest, detail));
}
