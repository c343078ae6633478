using Orleans.Concurrency;
using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>The recovery codes of one account, and the resets that they opened. Keyed by the account id.</summary>
/// <remarks>Nothing here tells a code: what makes one hands its hash in, under a key that gateways do not have.</remarks>
[Alias("vault.recovery")]
public interface IRecoveryGrain : IGrainWithStringKey
{
    /// <summary>Has a code mailed, unless three were asked for within the hour.</summary>
    [Alias("request")]
    Task Request();

    /// <summary>The code of a request that was made before is about to leave; called by the composer of the mail.</summary>
    /// <param name="request">The request's id.</param>
    /// <param name="hash">The code's hash.</param>
    /// <returns>Until when the code can be used; <see cref="ErrorCode.NotFound"/> where it is not wanted any more.</returns>
    [Alias("issue")]
    Task<Outcome<IssuedCode>> Issue(CommandId request, byte[] hash);

    /// <summary>Spends a code: opens a reset on the connection. Known and unknown accounts refuse alike.</summary>
    /// <param name="generation">The generation of the account's record: the reset is good for this one only.</param>
    /// <param name="lacksFactor">A second factor is wanted and not at hand: a right code is answered with
    /// <see cref="ErrorCode.CodeRequired"/> and not spent.</param>
    [Alias("open")]
    Task<Outcome<OpenedReset>> Open(MailedCode code, SignInOrigin origin, int generation, bool lacksFactor = false);

    /// <summary>The reset that is open on the connection, or <see cref="ErrorCode.CodeInvalid"/>.</summary>
    [Alias("find"), AlwaysInterleave]
    Task<Outcome<OpenedReset>> Find(SignInOrigin origin);

    /// <summary>The password was reset: all codes and open resets end.</summary>
    [Alias("close")]
    Task Close();

    /// <summary>Deletes everything of a closed account; asks the account's grain whether it is closed. Idempotent.</summary>
    [Alias("erase-closed")]
    Task EraseClosed();
}

/// <summary>A code that is about to leave.</summary>
[GenerateSerializer, Immutable]
public sealed record IssuedCode([property: Id(0)] DateTimeOffset ExpiresAt);

/// <summary>A reset that a code opened.</summary>
/// <param name="Generation">Of the account's record, at that time.</param>
[GenerateSerializer, Immutable]
public sealed record OpenedReset([property: Id(0)] int Generation, [property: Id(1)] DateTimeOffset ExpiresAt);

/// <summary>A code as a person typed it.</summary>
[GenerateSerializer, Immutable]
public readonly record struct MailedCode([property: Id(0)] string Text)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(MailedCode);
}
