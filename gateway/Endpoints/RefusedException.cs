using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Ends a request with this problem; thrown and caught within the gateway only.</summary>
internal sealed class RefusedException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;

    public static RefusedException Invalid(string detail) => new(new Problem(ErrorCode.InvalidRequest, detail));
}
