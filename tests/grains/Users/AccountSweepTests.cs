using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Grains.Tests.Mail;

namespace Vault.Grains.Tests.Users;

/// <summary>What is over is cleared away by a silo that is merely there.</summary>
public sealed class AccountSweepTests
{
    // Those that wait when nothing is due: of the sweep, of the outbox, of unfinished work.
    private const int Walks = 3;

    private readonly Clock _clock = new();

    [Fact]
    public async Task Silo_ThatIsMerelyThere_ClearsAwaySomeMinutesAfterItsStartAndThenAgainAndAgain()
    {
        var every = TimeSpan.FromDays(7);
        await using var vault = await TestVault.StartAsync(services =>
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<EventSourcingServices>(provider, _clock));
            services.Configure<RetentionLimits>(limits => (limits.Trash, limits.SweepEvery) = (TimeSpan.FromMinutes(1), every));
            services.Configure<SendLimits>(limits => limits.ReservationLifetime = TimeSpan.FromMinutes(1));
        });
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();

        await AssertClearedAwayAsync(vault, owner, TimeSpan.FromMinutes(10));
        await AssertClearedAwayAsync(vault, owner, every);
    }

    private async Task AssertClearedAwayAsync(TestVault vault, TestPerson owner, TimeSpan within)
    {
        var (abandoned, trashed) = (new TestSend(owner), new TestSend(owner));
        await trashed.SendAsync(vault);
        Expect.Value(await owner.Grain.TrashFile(owner.Session, trashed.Reserve.File));
        await abandoned.StageAsync(vault);
        await Until.HoldsAsync(() => Task.FromResult(_clock.Timers.Waiting == Walks), "The walks do not wait for their time.");
        Assert.NotNull(await vault.Content.LengthAsync(trashed.ContentBlob, default));

        _clock.Timers.Advance(within);

        await Until.HoldsAsync(
            async () => await vault.Content.LengthAsync(trashed.ContentBlob, default) is null
                && await vault.Content.LengthAsync(abandoned.ContentBlob, default) is null,
            "What is over is still there.");
    }

    /// <summary>The grains' clock; the silo's walks wait for it too.</summary>
    private sealed class Clock : TimeProvider
    {
        public Vault.Tests.Support.ManualTime Timers { get; } = new();

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero) + Timers.GetElapsedTime(0);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Timers.CreateTimer(callback, state, dueTime, period);
    }
}
