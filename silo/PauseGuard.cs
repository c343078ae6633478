namespace Vault.Silo;

/// <summary>
/// Calls wait when this process has stood still, until it is known that it is a member of its cluster still.
/// </summary>
/// <remarks>
/// A process that was paused, on a machine that froze maybe, may have been declared dead meanwhile. Its grains live elsewhere then, and what
/// the ones here remember is old. They cannot write, because the log refuses them; but a question that came while the process stood
/// still they would answer with what is no more, or say that there is nothing where there is something by now. Where the list of
/// silos cannot be read nobody can be declared dead either, and calls go on.
/// </remarks>
internal sealed class PauseGuard : IIncomingGrainCallFilter, IDisposable
{
    private const string Ours = "Vault."; // Orleans' own calls find out what is the matter

    // Half of what it takes to be declared dead, and much more than a busy machine keeps a timer waiting.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, Task<bool>> _isMember;
    private readonly ILogger<PauseGuard> _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _pulse;
    private Beat _last;
    private Task _known = Task.CompletedTask;

    /// <summary>Begins to watch the clock.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="isMember">Reads the list of silos: false where this one was declared dead.</param>
    /// <param name="logger">The log.</param>
    public PauseGuard(TimeProvider time, Func<CancellationToken, Task<bool>> isMember, ILogger<PauseGuard> logger)
    {
        (_time, _isMember, _logger) = (time, isMember, logger);
        _last = Now();
        _pulse = time.CreateTimer(_ => Touch(), null, Pulse, Pulse);
    }

    /// <summary>Adds the guard to a silo that others can declare dead.</summary>
    public static void Add(IServiceCollection services) => services.AddSingleton<IIncomingGrainCallFilter>(provider =>
    {
        var membership = provider.GetRequiredService<IClusterMembershipService>();
        var silo = provider.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        return new PauseGuard(
            TimeProvider.System,
            async stop =>
            {
                await membership.Refresh(default, stop);
                return membership.CurrentSnapshot.GetSiloStatus(silo) != SiloStatus.Dead;
            },
            provider.GetRequiredService<ILogger<PauseGuard>>());
    });

    /// <inheritdoc />
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceName.StartsWith(Ours, StringComparison.Ordinal))
        {
            if (HasStoodStill(Volatile.Read(ref _last)))
            {
                Touch();
            }

            if (Volatile.Read(ref _known) is { IsCompletedSuccessfully: false } known)
            {
                await known;
            }
        }

        await context.Invoke();
    }

    /// <inheritdoc />
    public void Dispose() => _pulse.Dispose();

    private void Touch()
    {
        lock (_lock)
        {
            if (HasStoodStill(_last))
            {
                SiloLog.StoodStill(_logger, _time.GetElapsedTime(_last.Timestamp).TotalSeconds);
                _known = ConfirmAsync();
            }

            Volatile.Write(ref _last, Now());
        }
    }

    private async Task ConfirmAsync()
    {
        var isMember = true;
        try
        {
            await Task.Yield(); // not under the lock
            using var patience = new CancellationTokenSource(Patience);
            isMember = await _isMember(patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception error)
        {
            SiloLog.MembershipUnknown(_logger, error);
        }

        if (!isMember)
        {
            throw new SiloUnavailableException("The silo was declared dead while it stood still. Ask again.");
        }
    }

    // By either clock: the one that never leaps may stand still with the machine.
    private bool HasStoodStill(Beat last) =>
        _time.GetElapsedTime(last.Timestamp) > Limit || _time.GetUtcNow() - last.Time > Limit;

    private Beat Now() => new(_time.GetTimestamp(), _time.GetUtcNow());

    private sealed record Beat(long Timestamp, DateTimeOffset Time);
}
