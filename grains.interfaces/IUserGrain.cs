using Orleans.Concurrency;
using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>One account: its OPAQUE record, sessions, attempt counter, quota and list of files. Keyed by the account id.</summary>
/// <remarks>Calls that only read interleave, so that a long command never stops the session check.</remarks>
[Alias("vault.user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>
    /// How long a caller waits for work on many files, or in a row behind others', before it asks again. Where nothing else is
    /// said a gateway waits no longer than for a silo to be found dead.
    /// </summary>
    protected const string LongCall = "00:00:08";

    /// <summary>See <see cref="ISignInGrain.StartRegistration"/>; called by it only.</summary>
    [Alias("start-registration")]
    Task<Outcome<RegistrationStartReply>> StartRegistration(RegistrationStartRequest request, SignInOrigin origin);

    /// <summary>See <see cref="ISignInGrain.FinishRegistration"/>; called by it only.</summary>
    [Alias("register")]
    Task<Outcome<RegistrationFinishReply>> Register(RegistrationFinishRequest request);

    /// <summary>See <see cref="ISignInGrain.ConfirmAddress"/>; called by it only.</summary>
    [Alias("confirm-address")]
    Task<Outcome<Done>> ConfirmAddress(ConfirmAddressRequest request);

    /// <summary>See <see cref="ISignInGrain.StartLogin"/>; called by it only.</summary>
    [Alias("start-login")]
    Task<Outcome<LoginStartReply>> StartLogin(LoginStartRequest request, SignInOrigin origin);

    /// <summary>See <see cref="ISignInGrain.FinishLogin"/>; called by it only.</summary>
    [Alias("finish-login")]
    Task<Outcome<LoginFinishReply>> FinishLogin(LoginFinishRequest request, SignInOrigin origin);

    /// <summary>See <see cref="ISignInGrain.StartReset"/>; called by it only.</summary>
    [Alias("start-reset")]
    Task<Outcome<ResetStartReply>> StartReset(ResetStartRequest request, SignInOrigin origin);

    /// <summary>See <see cref="ISignInGrain.ListLosses"/>; called by it only.</summary>
    [Alias("losses"), AlwaysInterleave]
    Task<Outcome<LossesPage>> ListLosses(LossesRequest request, SignInOrigin origin);

    /// <summary>See <see cref="ISignInGrain.FinishReset"/>; called by it only.</summary>
    [Alias("finish-reset")]
    Task<Outcome<ResetFinishReply>> FinishReset(ResetFinishRequest request, SignInOrigin origin);

    /// <summary>Whether a reset of this account is open on the connection.</summary>
    [Alias("is-resetting"), AlwaysInterleave]
    Task<bool> IsResetting(SignInOrigin origin);

    /// <summary>First half of a new password's registration; only in a session that was just started.</summary>
    [Alias("start-password")]
    Task<Outcome<PasswordStartReply>> StartPassword(SessionKey session, PasswordStartRequest request);

    /// <summary>Changes password, key ring, recovery key or profile in one event; only in a session that was just started.</summary>
    [Alias("change-keys")]
    Task<Outcome<Done>> ChangeKeys(SessionKey session, ChangeKeysRequest request);

    /// <summary>How often the keys have changed; 0 without an account.</summary>
    [Alias("generations"), AlwaysInterleave]
    Task<KeyGenerations> GetGenerations();

    /// <summary>The key rings that resets put aside.</summary>
    [Alias("lost-key-rings"), AlwaysInterleave]
    Task<Outcome<LostKeyRingsReply>> GetLostKeyRings(SessionKey session);

    /// <summary>The contacts of a lost key ring, as they were sealed.</summary>
    [Alias("lost-contacts"), AlwaysInterleave]
    Task<Outcome<ContactsReply>> GetLostContacts(SessionKey session, int number);

    /// <summary>
    /// Closes the account for good, in one event; only in a session that was just started. What is stored of it is deleted
    /// afterwards, whatever happens meanwhile.
    /// </summary>
    [Alias("close-account")]
    Task<Outcome<Done>> CloseAccount(SessionKey session, CloseAccountRequest request, string address);

    /// <summary>The running sessions.</summary>
    [Alias("sessions"), AlwaysInterleave]
    Task<Outcome<SessionsReply>> ListSessions(SessionKey session);

    /// <summary>Ends another session by its id, or all others where it is null.</summary>
    [Alias("end-others")]
    Task<Outcome<Done>> EndOthers(SessionKey session, string? id);

    /// <summary>See <see cref="ISignInGrain.FinishLoginWithCode"/>; called by it only.</summary>
    [Alias("finish-login-with-code")]
    Task<Outcome<LoginFinishReply>> FinishLoginWithCode(LoginCodeRequest request, SignInOrigin origin);

    /// <summary>A fresh secret for an authenticator; <see cref="ErrorCode.Conflict"/> while a second factor is on.</summary>
    [Alias("prepare-totp")]
    Task<Outcome<TotpSecretReply>> PrepareTotp(SessionKey session);

    /// <summary>Switches the second factor on, once a code shows that the authenticator has the secret.</summary>
    [Alias("enable-totp")]
    Task<Outcome<Done>> EnableTotp(SessionKey session, EnableTotpRequest request);

    /// <summary>Switches the second factor off, which needs a code too. Off already is no error.</summary>
    [Alias("disable-totp")]
    Task<Outcome<Done>> DisableTotp(SessionKey session, DisableTotpRequest request, string address);

    /// <summary>Whether the key that a command comes with may do this: a running session, or an access key whose scope allows it.</summary>
    [Alias("authorise"), AlwaysInterleave]
    Task<Outcome<Done>> Authorise(SessionKey session, AccessRight right);

    /// <summary>What the holder of an access key gets; <see cref="ErrorCode.NotAuthenticated"/> for any other key, sessions too.</summary>
    [Alias("access")]
    Task<Outcome<AccessReply>> GetAccess(SessionKey session, string address);

    /// <summary>The account's access keys.</summary>
    [Alias("access-keys"), AlwaysInterleave]
    Task<Outcome<AccessKeysReply>> ListAccessKeys(SessionKey session);

    /// <summary>Lists another access key; only for a session whose password was proved a few minutes ago.</summary>
    [Alias("add-access-key")]
    Task<Outcome<Done>> AddAccessKey(SessionKey session, NewAccessKeyRequest request);

    /// <summary>Ends an access key; one that is gone is no error.</summary>
    [Alias("remove-access-key")]
    Task<Outcome<Done>> RemoveAccessKey(SessionKey session, AccessKeyId id);

    /// <summary>The session and its account, or <see cref="ErrorCode.NotAuthenticated"/>.</summary>
    [Alias("session"), AlwaysInterleave]
    Task<Outcome<SessionReply>> GetSession(SessionKey session);

    /// <summary>Ends a session; one that runs no more is no error.</summary>
    [Alias("end-session")]
    Task<Outcome<Done>> EndSession(SessionKey session);

    /// <summary>The account's published profile, or <see cref="ErrorCode.NotFound"/>.</summary>
    [Alias("profile"), AlwaysInterleave]
    Task<Outcome<SignedProfile>> GetProfile();

    /// <summary>Sets lengths aside in the quota and finds files by name tag; all of them in one event.</summary>
    /// <returns>One answer for each request, in order.</returns>
    [Alias("reserve-sends"), ResponseTimeout(LongCall)]
    Task<Outcome<SendReservations>> ReserveSends(SessionKey session, IReadOnlyList<ReserveSendRequest> requests);

    /// <summary>A reservation that is still open, or <see cref="ErrorCode.NotFound"/>.</summary>
    [Alias("reservation"), AlwaysInterleave]
    Task<Outcome<ReserveSendRequest>> GetReservation(SessionKey session, UploadId upload);

    /// <summary>Gives a reservation back; one that is not open is no error.</summary>
    [Alias("release-send")]
    Task<Outcome<Done>> ReleaseSend(SessionKey session, UploadId upload);

    /// <summary>Ends sends whose content is stored: each file's stream first, then the owner's list in one event.</summary>
    /// <returns>One answer for each commit, in order.</returns>
    [Alias("commit-sends"), ResponseTimeout(LongCall)]
    Task<Outcome<SendBatchReply>> CommitSends(SessionKey session, IReadOnlyList<CommitSendRequest> commits);

    /// <summary>Makes a version out of the content of a stored one; the same upload again gives the same receipt.</summary>
    /// <returns><see cref="ErrorCode.Conflict"/> with the target where the name is in use.</returns>
    [Alias("copy-version"), ResponseTimeout(LongCall)]
    Task<Outcome<Receipt>> CopyVersion(SessionKey session, FileId source, int version, CopyVersionRequest request);

    /// <summary>Those of these contents that neither a version nor a send or copy under way refers to: what the file grain asks before it
    /// deletes.</summary>
    [Alias("unreferred"), AlwaysInterleave]
    Task<IReadOnlyList<UploadId>> GetUnreferred(IReadOnlyList<UploadId> contents);

    /// <summary>A page of the owner's list.</summary>
    [Alias("list-files"), AlwaysInterleave]
    Task<Outcome<FileListPage>> ListFiles(SessionKey session, FileId? after, int limit);

    /// <summary>The file with this name tag as a page of one, or an empty page.</summary>
    [Alias("find-file"), AlwaysInterleave]
    Task<Outcome<FileListPage>> FindFile(SessionKey session, byte[] nameTag);

    /// <summary>Names a file anew: the file's stream first, then the owner's list.</summary>
    [Alias("name-file")]
    Task<Outcome<Done>> NameFile(SessionKey session, FileId file, NameFileRequest request);

    /// <summary>Takes a file out of the list and removes it; a file already removed by its owner is no error.</summary>
    [Alias("remove-file")]
    Task<Outcome<Done>> RemoveFile(SessionKey session, FileId file);

    /// <summary>Puts a file into the trash and takes it from everybody who has it. In the trash already is no error.</summary>
    [Alias("trash-file")]
    Task<Outcome<Done>> TrashFile(SessionKey session, FileId file);

    /// <summary>Whether a file is listed and not on its way to the trash: what the file grain asks before it gives the file to anybody.</summary>
    [Alias("may-share"), AlwaysInterleave]
    Task<bool> MayShare(FileId file);

    /// <summary>Takes a file out of the trash; <see cref="ErrorCode.Conflict"/> where its name is taken. Not in the trash is no error.</summary>
    [Alias("restore-file")]
    Task<Outcome<Done>> RestoreFile(SessionKey session, FileId file);

    /// <summary>A page of the trash.</summary>
    [Alias("list-trash"), AlwaysInterleave]
    Task<Outcome<FileListPage>> ListTrash(SessionKey session, FileId? after, int limit);

    /// <summary>Gives a file another name. The same request again gives the same answer.</summary>
    /// <returns><see cref="ErrorCode.Conflict"/> where the name is taken or the file has changed.</returns>
    [Alias("rename-file")]
    Task<Outcome<FileEntry>> RenameFile(SessionKey session, FileId file, RenameFileRequest request);

    /// <summary>Clears away some of what is over; called by silos now and then, and again at once where there is more.</summary>
    /// <returns>Whether there is more: each call does so little that whoever waits behind it hardly notices.</returns>
    [Alias("sweep")]
    Task<bool> Sweep();

    /// <summary>Deletes those of these contents that nothing refers to, whole ones or parts; called by silos, with few at a time.</summary>
    [Alias("delete-unreferred")]
    Task DeleteUnreferred(IReadOnlyList<UploadId> contents, bool areStaged);

    /// <summary>The sends whose versions this account has decided not to keep: what the file grain asks before it removes them.</summary>
    [Alias("surplus"), AlwaysInterleave]
    Task<IReadOnlyList<UploadId>> GetSurplus(FileId file);

    /// <summary>
    /// The account and profile behind an address, or <see cref="ErrorCode.NotFound"/>; too many look-ups have to wait,
    /// whatever they find.
    /// </summary>
    [Alias("find-profile"), AlwaysInterleave]
    Task<Outcome<ProfileReply>> FindProfile(SessionKey session, FindProfileRequest request);

    /// <summary>Gives a file of this account to people; see <see cref="IFileGrain.Grant"/>.</summary>
    [Alias("grant-shares"), AlwaysInterleave, ResponseTimeout(LongCall)]
    Task<Outcome<GrantSharesReply>> GrantShares(SessionKey session, FileId file, GrantSharesRequest request);

    /// <summary>Takes a file of this account from one person.</summary>
    [Alias("revoke-share"), AlwaysInterleave]
    Task<Outcome<Done>> RevokeShare(SessionKey session, FileId file, AccountId recipient);

    /// <summary>Who has a file of this account, with their profiles.</summary>
    [Alias("file-shares"), AlwaysInterleave]
    Task<Outcome<FileSharesReply>> GetFileShares(SessionKey session, FileId file, bool targetOnly = false);

    /// <summary>A page of the files that this account has given to others.</summary>
    [Alias("given-shares"), AlwaysInterleave, ResponseTimeout(LongCall)]
    Task<Outcome<GivenSharesPage>> ListGiven(SessionKey session, FileId? after, int limit);

    /// <summary>A page of the files that this account was given, as the files' own streams have it.</summary>
    [Alias("received-shares"), AlwaysInterleave, ResponseTimeout(LongCall)]
    Task<Outcome<ReceivedSharesPage>> ListReceived(SessionKey session, FileId? after, int limit);

    /// <summary>
    /// Remembers that this account may be given a file: called by the file's grain before it stores the grant. What becomes
    /// of it the list asks the file. Never waits for another command of this account, so two people may give at once.
    /// </summary>
    [Alias("announce-share"), AlwaysInterleave]
    Task<Outcome<Done>> AnnounceShare(FileId file, long number);

    /// <summary>The sealed contacts.</summary>
    [Alias("contacts"), AlwaysInterleave]
    Task<Outcome<ContactsReply>> GetContacts(SessionKey session);

    /// <summary>Stores the sealed contacts; <see cref="ErrorCode.Conflict"/> where another client was first.</summary>
    [Alias("put-contacts")]
    Task<Outcome<ContactsReply>> PutContacts(SessionKey session, PutContactsRequest request);

    /// <summary>A page of everything that happened to the account.</summary>
    [Alias("history"), AlwaysInterleave]
    Task<Outcome<HistoryPage>> GetHistory(SessionKey session, string? after, int limit);

    /// <summary>Whether this account has decided to remove the file: what the file grain asks before it erases.</summary>
    [Alias("is-removing"), AlwaysInterleave]
    Task<bool> IsRemoving(FileId file);

    /// <summary>
    /// Finishes work across two grains that a crash or a failure left, and gives expired reservations back. Called by
    /// silos, for accounts that they find noted in the store. Idempotent.
    /// </summary>
    [Alias("finish-pending")]
    Task FinishPending();
}

/// <summary>Answers to <see cref="IUserGrain.ReserveSends"/>.</summary>
[GenerateSerializer, Immutable]
public sealed record SendReservations([property: Id(0)] IReadOnlyList<Outcome<SendTarget>> Items);

/// <summary>How often what opens an account has changed.</summary>
[GenerateSerializer, Immutable]
public sealed record KeyGenerations([property: Id(0)] int Generation, [property: Id(1)] int RecoveryGeneration);
