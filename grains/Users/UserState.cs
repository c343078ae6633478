using System.Collections.Immutable;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>An account as its events left it. Immutable.</summary>
/// <param name="Account">Null as long as nobody has registered, and once it is closed.</param>
/// <param name="Contacts">Null as long as none were stored.</param>
/// <param name="Asked">Registrations that wait for their code; empty once there is an account.</param>
/// <param name="Confirmed">Which of them the account came from, where a code was needed.</param>
/// <param name="ConfirmedBy">Keyed hash of that code.</param>
/// <param name="Closed">What is left to do of an account that was closed, or whose registrations lapsed; null for any other.</param>
internal sealed record UserState(
    Account? Account, UserSessions Sessions, UserSends Sends, UserFiles Files, UserShares Shares, ContactsStored? Contacts,
    UserSecondFactor SecondFactor, UserAccessKeys AccessKeys, ImmutableList<AskedRegistration> Asked,
    CommandId? Confirmed, byte[]? ConfirmedBy, ClosedAccount? Closed)
{
    /// <summary>The state before the first event.</summary>
    public static UserState Empty { get; } = new(
        null, UserSessions.Empty, UserSends.Empty, UserFiles.Empty, UserShares.Empty, null, UserSecondFactor.Off, UserAccessKeys.Empty, [],
        null, null, null);

    /// <summary>Stored and reserved ciphertext, in bytes.</summary>
    public long UsedBytes => Files.Bytes + Sends.Bytes;

    /// <summary>The state after one more event.</summary>
    public UserState Apply(UserEvent next, StreamHead head) => next switch
    {
        AccountRegistered registered => this with { Account = Account.Of(registered) },
        RegistrationAsked asked => this with
        {
            Asked = [.. Asked.TakeLast(ConfirmationDecisions.MaxWaiting - 1), new AskedRegistration(asked.Id, asked.Registration, null, asked.ExpiresAt)],
        },
        ConfirmationIssued issued => this with
        {
            Asked = [.. Asked.Select(asked => asked.Id == issued.Id ? asked with { CodeHash = issued.CodeHash } : asked)],
        },
        RegistrationConfirmed confirmed => Confirm(confirmed, head),
        RegistrationsLapsed lapsed => Lapse(lapsed, head),
        SessionStarted started => this with { Sessions = Sessions.Apply(started) },
        SessionEnded ended => this with { Sessions = Sessions.Apply(ended) },
        SessionsEnded ended => this with { Sessions = Sessions.Apply(ended) },
        SessionsUsed used => this with { Sessions = Sessions.Apply(used) },
        PasswordReset reset => Reset(reset, head),
        PasswordChanged changed => this with
        {
            Account = Known(head).With(changed.Keys, changed.Profile),
            Sessions = Sessions.EndAllBut(changed.By),
            AccessKeys = changed.Profile is null ? AccessKeys : UserAccessKeys.Empty, // they hold the keys of before
        },
        RecoveryKeyReplaced replaced => this with { Account = Known(head).With(replaced.Keys, null) },
        KeyRingRestored restored => this with { Account = Known(head).With(restored.Keys, null).Without(restored.Restored) },
        AccountClosed closed => Close(closed, head),
        TotpPrepared prepared => this with { SecondFactor = SecondFactor.Apply(prepared) },
        TotpEnabled enabled => this with { SecondFactor = SecondFactor.Apply(enabled) },
        OneTimeCodeUsed used => this with { SecondFactor = SecondFactor.Apply(used) },
        BackupCodeUsed used => this with { SecondFactor = SecondFactor.Apply(used) },
        TotpDisabled => this with { SecondFactor = UserSecondFactor.Off },
        AccessKeyAdded added => this with { AccessKeys = AccessKeys.Apply(added) },
        AccessKeyUsed used => this with { AccessKeys = AccessKeys.Apply(used) },
        AccessKeyRemoved removed => this with { AccessKeys = AccessKeys.Apply(removed) },
        SendsReserved reserved => this with { Sends = Sends.Apply(reserved) },
        CopyReserved reserved => this with { Sends = Sends.Apply(new SendsReserved([reserved.Reserved], reserved.Expired)) },
        SendReleased released => this with { Sends = Sends.Close([released.Upload]) },
        SendsCommitted committed => Add(committed.Sends),
        VersionsReplaced replaced => Replace(replaced.Sends),
        ReplacementFinished finished => this with { Files = Files.Apply(finished) },
        FileRemoved removed => this with
        {
            Files = Files.Apply(removed),
            Sends = Sends.Close(removed.Released),
            Shares = Shares.Apply(removed),
        },
        FileNamed named => this with { Files = Files.Apply(named) },
        FileTrashed trashed => this with
        {
            Files = Files.Apply(trashed),
            Sends = Sends.Close(trashed.Released),
            Shares = Shares.Apply(new FileRemoved(trashed.File, [])),
        },
        FileRestored restored => this with { Files = Files.Apply(restored) },
        OldVersionsRemoved removed => this with { Files = Files.Apply(removed) },
        OldVersionsGone gone => this with { Files = Files.Apply(gone) },
        FileRenamed renamed => this with { Files = Files.Apply(renamed) },
        RenameFinished finished => this with { Files = Files.Apply(finished) },
        FileShared shared => this with { Shares = Shares.Apply(shared) },
        ShareAnnounced announced => this with { Shares = Shares.Apply(announced) },
        SharesForgotten forgotten => this with { Shares = Shares.Apply(forgotten) },
        ContactsStored stored => this with { Contacts = stored },
        RemovalFinished finished => this with { Files = Files.Apply(finished) },
        _ => throw new StorageException(
            StorageError.Damaged, $"Event {head.Version} is none that changes an account: {next.GetType().Name}."),
    };

    // Everything that signs in without the password ends here.
    private UserState Reset(PasswordReset reset, StreamHead head)
    {
        var account = Known(head);
        var isRingLost = reset.Profile is not null;
        return this with
        {
            Account = (isRingLost ? account.PutAside(Contacts) : account).With(reset.Keys, reset.Profile),
            Sessions = Sessions.EndAllBut(null),
            AccessKeys = UserAccessKeys.Empty,
            Contacts = isRingLost ? null : Contacts, // sealed under the ring that is lost
        };
    }

    // The lists stay until what they list is gone.
    private UserState Close(AccountClosed closed, StreamHead head) => this with
    {
        Closed = new ClosedAccount(Known(head).Email, closed.At, closed.By),
        Account = null,
        Sessions = Sessions.EndAllBut(null),
        AccessKeys = UserAccessKeys.Empty,
        SecondFactor = UserSecondFactor.Off,
        Contacts = null,
    };

    private Account Known(StreamHead head) => Account
        ?? throw new StorageException(StorageError.Damaged, $"Event {head.Version} changes an account that was never made.");

    private UserState Confirm(RegistrationConfirmed confirmed, StreamHead head) =>
        Asked.Find(asked => asked.Id == confirmed.Id) is { } found
            ? this with
            {
                Account = Account.Of(found.Registration),
                Asked = [],
                Confirmed = found.Id,
                ConfirmedBy = found.CodeHash,
            }
            : throw new StorageException(StorageError.Damaged, $"Event {head.Version} confirms a registration that nobody asked for.");

    private UserState Lapse(RegistrationsLapsed lapsed, StreamHead head) => Asked is [.., var last]
        ? this with { Closed = new ClosedAccount(last.Registration.Email, lapsed.At, null), Asked = [] }
        : throw new StorageException(StorageError.Damaged, $"Event {head.Version} ends registrations that nobody asked for.");

    private UserState Replace(IReadOnlyList<CommittedSend> sends)
    {
        var added = Add(sends);
        return added with { Files = sends.Aggregate(added.Files, (files, send) => files.Replace(send.Upload)) };
    }

    private UserState Add(IReadOnlyList<CommittedSend> sends)
    {
        var versions = new List<(Reservation Reservation, CommittedSend Send)>(sends.Count);
        foreach (var send in sends)
        {
            // The decision listed only open ones, so a missing one means that the stream does not fit together.
            versions.Add(Sends.Open.TryGetValue(send.Upload, out var reservation)
                ? (reservation, send)
                : throw new StorageException(StorageError.Damaged, $"Send {send.Upload} ends without having begun."));
        }

        return this with
        {
            Files = Files.Add(versions),
            Sends = Sends.Close(sends.Select(send => send.Upload)),
        };
    }
}

/// <summary>Who the account belongs to and how its owner signs in.</summary>
/// <param name="Email">Normalised.</param>
/// <param name="Generation">Counts OPAQUE records: 1 is the one of the registration.</param>
/// <param name="RecoveryGeneration">Counts key rings sealed under a recovery key, and names those that were put aside.</param>
/// <param name="Lost">Key rings that resets put aside.</param>
internal sealed record Account(
    string Email, int Generation, byte[] RecordHash, byte[] RingHash, int RecoveryGeneration, byte[] RecoveryRingHash,
    SignedProfile Profile, ImmutableList<LostRing> Lost)
{
    /// <summary>What opens it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public AccountKeys Keys => new(Generation, RecordHash, RingHash, RecoveryGeneration, RecoveryRingHash);

    /// <summary>The account that a registration makes.</summary>
    public static Account Of(AccountRegistered registered) => new(
        registered.Email, registered.Generation, registered.RecordHash, registered.RingHash, registered.Generation,
        registered.RecoveryRingHash, registered.Profile, []);

    /// <summary>With other keys, and another profile if there is one.</summary>
    public Account With(AccountKeys keys, SignedProfile? profile) => this with
    {
        Generation = keys.Generation,
        RecordHash = keys.RecordHash,
        RingHash = keys.RingHash,
        RecoveryGeneration = keys.RecoveryGeneration,
        RecoveryRingHash = keys.RecoveryRingHash,
        Profile = profile ?? Profile,
    };

    /// <summary>With the present key ring among those put aside.</summary>
    public Account PutAside(ContactsStored? contacts) =>
        this with { Lost = Lost.Add(new LostRing(RecoveryGeneration, RecoveryRingHash, Profile, contacts)) };

    /// <summary>Without a ring that had been put aside.</summary>
    public Account Without(int recoveryGeneration) =>
        this with { Lost = Lost.RemoveAll(ring => ring.RecoveryGeneration == recoveryGeneration) };
}

/// <summary>An account that its owner closed, or that never was because nobody confirmed its registration, and that is not erased yet.</summary>
/// <param name="Email">Normalised; the notice of a closing goes there.</param>
/// <param name="By">The session that it was closed in; null where there never was an account.</param>
internal sealed record ClosedAccount(string Email, DateTimeOffset At, Interfaces.SessionKey? By);

/// <summary>A key ring that a reset without the recovery key put aside; only that key opens it.</summary>
/// <param name="Profile">The profile that its keys had.</param>
/// <param name="Contacts">Those of then, sealed under that ring.</param>
internal sealed record LostRing(int RecoveryGeneration, byte[] RecoveryRingHash, SignedProfile Profile, ContactsStored? Contacts);
