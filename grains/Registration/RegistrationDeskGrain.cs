using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.Registration;

/// <inheritdoc cref="IRegistrationDeskGrain" />
/// <remarks>Everything that depends on whether the address has an account comes after the answer: neither words nor time tell.</remarks>
internal sealed class RegistrationDeskGrain(AddressBook addresses, EventSourcingServices services) : Grain, IRegistrationDeskGrain
{
    private const int MaxClaims = 3;

    // Mails to one address, whoever asks for them.
    private readonly AttemptBucket _mails = new(new AttemptLimits { Capacity = 3, Refill = TimeSpan.FromMinutes(20) });
    private readonly Queue<RegistrationFinishRequest> _asked = [];
    private IGrainTimer? _timer;

    public Task<Outcome<RegistrationFinishReply>> Ask(RegistrationFinishRequest request)
    {
        var now = services.Time.GetUtcNow();
        if (!_mails.TryTake(now, out var wait))
        {
            return Task.FromResult<Outcome<RegistrationFinishReply>>(new Problem(
                ErrorCode.TooManyRequests, "Too many mails were asked for. Look in your mail, or wait and try again.",
                RetryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds)));
        }

        DelayDeactivation(_mails.FullAt - now);
        _asked.Enqueue(request);
        _timer ??= this.RegisterGrainTimer(HandOnAsync, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.FromResult<Outcome<RegistrationFinishReply>>(new RegistrationFinishReply(null));
    }

    private async Task HandOnAsync()
    {
        _timer?.Dispose();
        _timer = null;
        while (_asked.TryDequeue(out var request))
        {
            if (EmailAddress.TryParse(request.Email, out var address))
            {
                try
                {
                    await HandOnAsync(request, address);
                }
                catch (Exception e) when (e is StorageUnavailableException or TimeoutException or Orleans.Runtime.OrleansException)
                {
                    // The guard has told the operator; no mail comes, and the person asks again.
                }
            }
        }
    }

    private async Task HandOnAsync(RegistrationFinishRequest request, EmailAddress address)
    {
        // The account that has the address may be going just now, and let go of it.
        for (var claim = 0; claim < MaxClaims; claim++)
        {
            var account = await addresses.ClaimAsync(address);
            if (await GrainFactory.GetGrain<IUserRegistration>(account.ToString()).AskForConfirmation(request))
            {
                return;
            }
        }
    }
}
