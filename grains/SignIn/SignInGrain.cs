using Orleans.Concurrency;
using Vault.Grains.Interfaces;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.SignIn;

/// <inheritdoc cref="ISignInGrain" />
[StatelessWorker, Reentrant]
internal sealed class SignInGrain(AddressBook addresses) : Grain, ISignInGrain
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

        return EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ClaimAsync(address)).Register(request)
            : NoAddress();
    }

    public async Task<Outcome<LoginStartReply>> StartLogin(LoginStartRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).StartLogin(request, origin)
            : NoAddress();

    public async Task<Outcome<LoginFinishReply>> FinishLogin(LoginFinishRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).FinishLogin(request, origin)
            : NoAddress();

    public async Task<Outcome<LoginFinishReply>> FinishLoginWithCode(LoginCodeRequest request, SignInOrigin origin) =>
        EmailAddress.TryParse(request.Email, out var address)
            ? await User(await addresses.ResolveAsync(address)).FinishLoginWithCode(request, origin)
            : NoAddress();

    private static Problem NoAddress() =>
        new(ErrorCode.InvalidRequest, "This is no e-mail address that the vault accepts.");

    private IUserGrain User(AccountId account) => GrainFactory.GetGrain<IUserGrain>(account.ToString());
}
