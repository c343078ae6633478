using Orleans.Dashboard;
using Vault.Gateway.Operations;

namespace Vault.Silo;

/// <summary>Orleans' dashboard on the operators' port: silos, grains by type, calls a second, how long they take.</summary>
internal static class Dashboard
{
    /// <summary>Where it is.</summary>
    public const string Path = "/dashboard/";

    // What a grain holds, and log lines as they come, are more than watching a cluster needs.
    private static readonly string[] Closed = ["GrainState", "Trace"];

    public static void Add(ISiloBuilder silo, OperationsSettings settings)
    {
        if (IsOn(settings))
        {
            silo.AddDashboard(dashboard => dashboard.HideTrace = true);
        }
    }

    public static void Map(IEndpointRouteBuilder endpoints, OperationsSettings settings)
    {
        if (!IsOn(settings))
        {
            return;
        }

        endpoints.MapOrleansDashboard(Path.TrimEnd('/')).AddEndpointFilter(async (context, next) =>
            Closed.Any(name => context.HttpContext.Request.Path.Value?.EndsWith($"/{name}", StringComparison.OrdinalIgnoreCase) == true)
                ? Results.NotFound()
                : await next(context));
    }

    private static bool IsOn(OperationsSettings settings) =>
        settings.Dashboard && !settings.Listen.Equals("off", StringComparison.OrdinalIgnoreCase);
}
