using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Vault.Gateway.Hosting;
using Vault.Grains.Tests.Mail;

namespace Vault.Grains.Tests.Retry;

/// <summary>Three silos whose grains ask again as those of a cluster do, and that watch each other as closely.</summary>
public sealed class RetryVault : TestVault
{
    public RetryVault()
        : this(new FaultyCalls())
    {
    }

    private RetryVault(FaultyCalls calls)
        : base(services => Configure(services, calls), silos: 3) => Calls = calls;

    internal FaultyCalls Calls { get; }

    /// <summary>Has a grain live on a silo, the first of which is the client's.</summary>
    internal async Task PlaceAsync(IAddressable grain, int silo)
    {
        var target = Cluster.Silos[silo].SiloAddress;
        await Until.HoldsAsync(
            async () =>
            {
                if (SiloOf(grain) != target)
                {
                    await Cluster.MigrateAsync(grain, target);
                }

                return SiloOf(grain) == target;
            },
            $"The grain does not move to {target}.");
    }

    /// <summary>Where a grain lives.</summary>
    internal SiloAddress? SiloOf(IAddressable grain) =>
        Cluster.TryGetGrainContext(grain.GetGrainId(), out var context) ? context.Address.SiloAddress : null;

    private static void Configure(IServiceCollection services, FaultyCalls calls)
    {
        services.AddCallRetry();
        services.AddSingleton<IIncomingGrainCallFilter>(calls);
        services.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            (membership.NumMissedProbesLimit, membership.NumVotesForDeathDeclaration) = (2, 2);
        });
    }
}
