using Orleans.Concurrency;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.Recovery;
using Vault.Grains.Registration;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.SignIn;

/// <inheritdoc cref="ISignInGrain" />
[StatelessWorker, Reentrant]
internal sealed class SignInGrain(AddressBook addresses, Doorkeeper doorkeeper, EventSourcingServices services) : Grain, ISignInGrain
{
    public async Task<Outcome<RegistrationStartReply>> StartRegistration(
        RegistrationStartRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).StartRegistration(request, origin)
            : NoAddress();

    public async Task<Outcome<RegistrationFinishReply>> FinishRegistration(
        RegistrationFinishRequest request, SignInOrigin origin)
    {
        // Before anything is written: an address is not claimed by a request that cannot succeed.
        if (!RegistrationDecisions.TryRead(request, out _, out var problem))
        {
            return problem;
        }

        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (await doorkeeper.RefuseAsync(address, request.Invitation, services.Time.GetUtcNow()) is { } refused)
        {
            return refused;
        }

        return doorkeeper.NeedsConfirmation
            ? await GrainFactory.GetGrain<IRegistrationDeskGrain>(addresses.TagOf(address)).Ask(request)
            : await User(await addresses.ClaimAsync(address)).Register(request);
    }

    public async Task<Outcome<Done>> ConfirmAddress(ConfirmAddressRequest request) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).ConfirmAddress(request)
            : NoAddress();

    public async Task<Outcome<LoginStartReply>> StartLogin(LoginStartRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).StartLogin(request, origin)
            : NoAddress();

    public async Task<Outcome<LoginFinishReply>> FinishLogin(LoginFinishRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).FinishLogin(request, origin)
            : NoAddress();

    public Task<Outcome<Done>> RequestRecovery(RecoveryRequest request) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? GrainFactory.GetGrain<IRecoveryDeskGrain>(addresses.TagOf(address)).Request(request)
            : Task.FromResult<Outcome<Done>>(NoAddress());

    public async Task<Outcome<ResetStartReply>> StartReset(ResetStartRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).StartReset(request, origin)
            : NoAddress();

    public async Task<Outcome<LossesPage>> ListLosses(LossesRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).ListLosses(request, origin)
            : NoAddress();

    public async Task<Outcome<ResetFinishReply>> FinishReset(ResetFinishRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).FinishReset(request, origin)
            : NoAddress();

    public async Task<Outcome<LoginFinishReply>> FinishLoginWithCode(LoginCodeRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).FinishLoginWithCode(request, origin)
            : NoAddress();

    private static Problem NoAddress() =>
        new(ErrorCode.InvalidRequest, "This is no e-mail address that the vault accepts.");

    private IUserGrain User(AccountId account) => GrainFactory.GetGrain<IUserGrain>(account.ToString());
}
