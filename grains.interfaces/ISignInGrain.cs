using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>
/// Finds the account behind an e-mail address and hands the request on to its user grain. A stateless worker in the silo,
/// so that a gateway never learns whether an address has an account.
/// </summary>
/// <remarks>An unknown address is handed to a user grain too: under an account id from a PRF of the address, which never has
/// events, so that known and unknown run the same code and are counted by the same counter.</remarks>
[Alias("vault.sign-in")]
public interface ISignInGrain : IGrainWithIntegerKey
{
    /// <summary>OPAQUE registration response. Counts as an attempt on the address.</summary>
    [Alias("start-registration")]
    Task<Outcome<RegistrationStartReply>> StartRegistration(RegistrationStartRequest request, SignInOrigin origin);

    /// <summary>Makes the account; <see cref="ErrorCode.Conflict"/> where the address has one already.</summary>
    /// <remarks>The same request again (same record, same profile) gives the same answer. Where the server confirms addresses, a free and
    /// a taken one are answered alike, and a mail says what to do.</remarks>
    [Alias("finish-registration")]
    Task<Outcome<RegistrationFinishReply>> FinishRegistration(RegistrationFinishRequest request, SignInOrigin origin);

    /// <summary>Brings back the code of a registration: from then on the account exists. Or <see cref="ErrorCode.CodeInvalid"/>.</summary>
    [Alias("confirm-address")]
    Task<Outcome<Done>> ConfirmAddress(ConfirmAddressRequest request);

    /// <summary>KE1 to KE2. Counts as a failed attempt until its KE3 is accepted.</summary>
    [Alias("start-login")]
    Task<Outcome<LoginStartReply>> StartLogin(LoginStartRequest request, SignInOrigin origin);

    /// <summary>KE3: starts a session under the origin's key, or <see cref="ErrorCode.LoginFailed"/>.</summary>
    /// <returns><see cref="ErrorCode.CodeRequired"/> where the account has a second factor.</returns>
    [Alias("finish-login")]
    Task<Outcome<LoginFinishReply>> FinishLogin(LoginFinishRequest request, SignInOrigin origin);

    /// <summary>The one-time code behind KE3: starts a session, or <see cref="ErrorCode.CodeInvalid"/>.</summary>
    [Alias("finish-login-with-code")]
    Task<Outcome<LoginFinishReply>> FinishLoginWithCode(LoginCodeRequest request, SignInOrigin origin);
}

/// <summary>The connection that a sign-in comes over.</summary>
/// <param name="SessionKey">Its static key, which becomes the session.</param>
/// <param name="HandshakeHash">Its Noise handshake hash, 32 bytes, for OPAQUE's context.</param>
/// <param name="Address">The client's network address, for attempt limits and the account's list of sessions.</param>
[GenerateSerializer, Immutable]
public sealed record SignInOrigin(
    [property: Id(0)] SessionKey SessionKey, [property: Id(1)] byte[] HandshakeHash, [property: Id(2)] string Address)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(SignInOrigin);
}
