using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>An account as its events left it. Immutable.</summary>
/// <param name="Account">Null as long as nobody has registered.</param>
internal sealed record UserState(Account? Account, UserSessions Sessions, UserSends Sends, UserFiles Files)
{
    /// <summary>The state before the first event.</summary>
    public static UserState Empty { get; } = new(null, UserSessions.Empty, UserSends.Empty, UserFiles.Empty);

    /// <summary>Stored and reserved ciphertext, in bytes.</summary>
    public long UsedBytes => Files.Bytes + Sends.Bytes;

    /// <summary>The state after one more event.</summary>
    public UserState Apply(UserEvent next, StreamHead head) => next switch
    {
        AccountRegistered registered => this with { Account = Account.Of(registered) },
        SessionStarted started => this with { Sessions = Sessions.Apply(started) },
        SessionEnded ended => this with { Sessions = Sessions.Apply(ended) },
        SendsReserved reserved => this with { Sends = Sends.Apply(reserved) },
        SendReleased released => this with { Sends = Sends.Close([released.Upload]) },
        SendsCommitted committed => Apply(committed),
        FileRemoved removed => this with { Files = Files.Apply(removed), Sends = Sends.Close(removed.Released) },
        RemovalFinished finished => this with { Files = Files.Apply(finished) },
        _ => throw new StorageException(
            StorageError.Damaged, $"Event {head.Version} is none that changes an account: {next.GetType().Name}."),
    };

    private UserState Apply(SendsCommitted committed)
    {
        var versions = new List<(Reservation Reservation, CommittedSend Send)>(committed.Sends.Count);
        foreach (var send in committed.Sends)
        {
            // The decision listed only open ones, so a missing one means that the stream does not fit together.
            versions.Add(Sends.Open.TryGetValue(send.Upload, out var reservation)
                ? (reservation, send)
                : throw new StorageException(StorageError.Damaged, $"Send {send.Upload} ends without having begun."));
        }

        return this with
        {
            Files = Files.Add(versions),
            Sends = Sends.Close(committed.Sends.Select(send => send.Upload)),
        };
    }
}

/// <summary>Who the account belongs to and how its owner signs in.</summary>
/// <param name="Email">Normalised.</param>
/// <param name="Generation">Counts OPAQUE records: 1 is the one of the registration.</param>
internal sealed record Account(
    string Email, int Generation, byte[] RecordHash, byte[] RingHash, byte[] RecoveryRingHash, SignedProfile Profile)
{
    /// <summary>The account that a registration makes.</summary>
    public static Account Of(AccountRegistered registered) => new(
        registered.Email, registered.Generation, registered.RecordHash, registered.RingHash,
        registered.RecoveryRingHash, registered.Profile);
}
