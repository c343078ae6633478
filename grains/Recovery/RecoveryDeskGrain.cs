using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <inheritdoc cref="IRecoveryDeskGrain" />
/// <remarks>Counts in memory only, so nothing is stored of an address that nobody has; what an account was asked for is counted again in
/// its own stream. The address is looked up when the answer has left, so that the answer cannot tell what was found.</remarks>
internal sealed class RecoveryDeskGrain(
    AddressBook addresses, EventSourcingServices clock, IOptions<RecoveryLimits> limits, ILogger<RecoveryDeskGrain> logger)
    : Grain, IRecoveryDeskGrain
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Queue<DateTimeOffset> _made = new();

    public Task<Outcome<Done>> Request(RecoveryRequest request)
    {
        if (!EmailAddress.TryParse(request.Email, out var address) || addresses.TagOf(address) != this.GetPrimaryKeyString())
        {
            return Task.FromResult<Outcome<Done>>(new Problem(ErrorCode.InvalidRequest, "This is no e-mail address that the vault accepts."));
        }

        var now = clock.Time.GetUtcNow();
        while (_made.TryPeek(out var first) && first + Hour <= now)
        {
            _made.Dequeue();
        }

        if (_made.Count >= limits.Value.MaxRequestsPerHour)
        {
            var wait = _made.Peek() + Hour - now;
            return Task.FromResult<Outcome<Done>>(new Problem(
                ErrorCode.TooManyRequests, "Too many codes were asked for. Wait, then try again.", (int)Math.Ceiling(wait.TotalSeconds)));
        }

        _made.Enqueue(now);
        DelayDeactivation(Hour); // the count lives in this activation
        this.RegisterGrainTimer(() => PassOnAsync(address), new GrainTimerCreationOptions(AfterAnswer.Pause(), Timeout.InfiniteTimeSpan)
        {
            Interleave = true,
        });
        return Task.FromResult<Outcome<Done>>(Done.Value);
    }

    private async Task PassOnAsync(EmailAddress address)
    {
        try
        {
            var account = await addresses.ResolveAsync(address);
            if ((await GrainFactory.GetGrain<IUserGrain>(account.ToString()).GetProfile()).Succeeded(out _, out _))
            {
                await GrainFactory.GetGrain<IRecoveryGrain>(account.ToString()).Request();
            }
        }
        catch (Exception e) when (e is StorageUnavailableException or TimeoutException or Orleans.Runtime.OrleansException)
        {
            logger.RecoveryNotPassedOn(e);
        }
    }
}
