namespace Vault.Protocol;

/// <summary>Every path of the protocol; client and gateway both build on these.</summary>
/// <remarks>docs/protocol.md lists what goes in and out of each.</remarks>
public static class Routes
{
    /// <summary>GET: <see cref="ServerReply"/>. Anonymous.</summary>
    public const string Server = "/v1/server";

    /// <summary>POST <see cref="RegistrationStartRequest"/>. Anonymous.</summary>
    public const string RegistrationStart = "/v1/registration/start";

    /// <summary>POST <see cref="RegistrationFinishRequest"/>. Anonymous.</summary>
    public const string RegistrationFinish = "/v1/registration/finish";

    /// <summary>POST <see cref="ConfirmAddressRequest"/>. Anonymous.</summary>
    public const string RegistrationConfirm = "/v1/registration/confirm";

    /// <summary>POST <see cref="LoginStartRequest"/>. Anonymous.</summary>
    public const string LoginStart = "/v1/login/start";

    /// <summary>POST <see cref="LoginFinishRequest"/> on the same connection. Anonymous.</summary>
    public const string LoginFinish = "/v1/login/finish";

    /// <summary>POST <see cref="LoginCodeRequest"/> on the same connection: <see cref="LoginFinishReply"/>. Anonymous.</summary>
    public const string LoginCode = "/v1/login/code";

    /// <summary>POST: a <see cref="TotpSecretReply"/>. PUT <see cref="EnableTotpRequest"/>: switches the second factor on.</summary>
    public const string Totp = "/v1/totp";

    /// <summary>POST <see cref="DisableTotpRequest"/>.</summary>
    public const string TotpDisable = "/v1/totp/disable";

    /// <summary>GET: an <see cref="AccessReply"/>, for a connection that proves an access key.</summary>
    public const string Access = "/v1/access";

    /// <summary>GET: an <see cref="AccessKeysReply"/>. PUT <see cref="NewAccessKeyRequest"/>: lists another one.</summary>
    public const string AccessKeys = "/v1/access-keys";

    /// <summary>DELETE: ends an access key. Idempotent.</summary>
    public const string AccessKeyPattern = "/v1/access-keys/{key}";

    /// <summary>POST <see cref="CloseAccountRequest"/> in a session that was just started. Idempotent.</summary>
    public const string CloseAccount = "/v1/account/close";

    /// <summary>GET: <see cref="SessionReply"/>. DELETE: ends the session.</summary>
    public const string Session = "/v1/session";

    /// <summary>GET: <see cref="SessionsReply"/>. DELETE: ends all but the one that asks.</summary>
    public const string Sessions = "/v1/sessions";

    /// <summary>DELETE: ends one session, by its id. Idempotent.</summary>
    public const string SessionPattern = "/v1/sessions/{session}";

    /// <summary>POST <see cref="RecoveryRequest"/>: nothing, whether the address has an account or not. Anonymous.</summary>
    public const string Recovery = "/v1/recovery";

    /// <summary>POST <see cref="ResetStartRequest"/>. Anonymous.</summary>
    public const string ResetStart = "/v1/recovery/start";

    /// <summary>POST <see cref="LossesRequest"/> on the connection of <see cref="ResetStart"/>: a <see cref="LossesPage"/>.</summary>
    public const string ResetLosses = "/v1/recovery/losses";

    /// <summary>POST <see cref="ResetFinishRequest"/> on the connection of <see cref="ResetStart"/>.</summary>
    public const string ResetFinish = "/v1/recovery/finish";

    /// <summary>POST <see cref="PasswordStartRequest"/> in a session that was just started.</summary>
    public const string PasswordStart = "/v1/password/start";

    /// <summary>POST <see cref="ChangeKeysRequest"/> in a session that was just started.</summary>
    public const string Keys = "/v1/keys";

    /// <summary>GET: <see cref="LostKeyRingsReply"/>.</summary>
    public const string LostKeyRings = "/v1/keys/lost";

    /// <summary>GET: the <see cref="ContactsReply"/> of a lost key ring.</summary>
    public const string LostContactsPattern = "/v1/keys/lost/{number}/contacts";

    /// <summary>POST <see cref="FindProfileRequest"/>: <see cref="ProfileReply"/>. Limited by account.</summary>
    public const string FindProfile = "/v1/profiles/find";

    /// <summary>GET: <see cref="ContactsReply"/>. PUT <see cref="PutContactsRequest"/>: <see cref="ContactsReply"/> without the contents.</summary>
    public const string Contacts = "/v1/contacts";

    /// <summary>GET: a <see cref="FileListPage"/>, after and limit in the query; or the one file with a name tag.</summary>
    public const string Files = "/v1/files";

    /// <summary>DELETE: removes the file and all its versions. Idempotent.</summary>
    public const string FilePattern = "/v1/files/{file}";

    /// <summary>PUT <see cref="NameFileRequest"/>. Owner only.</summary>
    public const string FileNamingPattern = "/v1/files/{file}/naming";

    /// <summary>PUT <see cref="RenameFileRequest"/>: <see cref="FileEntry"/>. Owner only. Idempotent.</summary>
    public const string FileNamePattern = "/v1/files/{file}/name";

    /// <summary>PUT: the file goes to the trash. DELETE: it comes back from there. Owner only. Idempotent.</summary>
    public const string FileTrashPattern = "/v1/files/{file}/trash";

    /// <summary>GET: a <see cref="FileListPage"/> of the files in the trash, after and limit in the query.</summary>
    public const string Trash = "/v1/trash";

    /// <summary>GET: a <see cref="FileVersionsReply"/>. Owner only.</summary>
    public const string FileVersionsPattern = "/v1/files/{file}/versions";

    /// <summary>GET: a <see cref="FileVersionReply"/>; version 0 means the newest.</summary>
    public const string FileVersionPattern = "/v1/files/{file}/versions/{version}";

    /// <summary>GET, with an optional Range header: the age payload of a version.</summary>
    public const string FilePayloadPattern = "/v1/files/{file}/versions/{version}/payload";

    /// <summary>POST <see cref="CopyVersionRequest"/>: <see cref="Receipt"/>. Owner only. Idempotent.</summary>
    public const string FileCopyPattern = "/v1/files/{file}/versions/{version}/copy";

    /// <summary>POST <see cref="ReserveSendRequest"/>: <see cref="SendTarget"/>.</summary>
    public const string Sends = "/v1/sends";

    /// <summary>POST: frames of <see cref="SendBatch"/>; answers <see cref="SendBatchReply"/>.</summary>
    public const string SendBatch = "/v1/sends/batch";

    /// <summary>DELETE: gives a reservation and its staged parts back. Idempotent.</summary>
    public const string SendPattern = "/v1/sends/{upload}";

    /// <summary>GET: a <see cref="SendPartsReply"/>, for a send that is continued.</summary>
    public const string SendPartsPattern = "/v1/sends/{upload}/parts";

    /// <summary>PUT: one part of the payload, its SHA-256 in <see cref="PartHashHeader"/>.</summary>
    public const string SendPartPattern = "/v1/sends/{upload}/parts/{index}";

    /// <summary>POST <see cref="CommitSendRequest"/>: <see cref="Receipt"/>.</summary>
    public const string SendCommitPattern = "/v1/sends/{upload}/commit";

    /// <summary>GET: <see cref="FileSharesReply"/>. PUT <see cref="GrantSharesRequest"/>: <see cref="GrantSharesReply"/>. Owner only.</summary>
    public const string FileSharesPattern = "/v1/files/{file}/shares";

    /// <summary>DELETE: takes the file from one recipient. Owner only. Idempotent.</summary>
    public const string FileSharePattern = "/v1/files/{file}/shares/{recipient}";

    /// <summary>GET: a <see cref="GivenSharesPage"/>, after and limit in the query.</summary>
    public const string GivenShares = "/v1/shares/given";

    /// <summary>GET: a <see cref="ReceivedSharesPage"/>, after and limit in the query.</summary>
    public const string ReceivedShares = "/v1/shares/received";

    /// <summary>GET: a <see cref="HistoryPage"/> of the account, after and limit in the query.</summary>
    public const string History = "/v1/history";

    /// <summary>GET: a <see cref="HistoryPage"/> of a file, after and limit in the query. Owner only.</summary>
    public const string FileHistoryPattern = "/v1/files/{file}/history";

    /// <summary>Request header of a part: its SHA-256, 64 lower-case hexadecimal digits.</summary>
    public const string PartHashHeader = "vault-part-sha256";

    /// <summary>Query parameters of <see cref="Files"/>.</summary>
    public const string AfterQuery = "after", LimitQuery = "limit", NameTagQuery = "nameTag";

    /// <summary>
    /// Query parameter, <c>1</c>: of a version, everything but the part hashes; of a file's shares, only what the next grant must say.
    /// </summary>
    public const string BriefQuery = "brief";

    /// <summary>Query parameter of <see cref="Contacts"/>: the version that the client has; if it is the newest, it is not sent again.</summary>
    public const string KnownQuery = "known";

    /// <summary>A path asked for in brief.</summary>
    public static string Brief(string path) => $"{path}?{BriefQuery}=1";

    /// <summary>The path of one session.</summary>
    public static string SessionOf(string id) => $"/v1/sessions/{id}";

    /// <summary>The path of the contacts of a lost key ring.</summary>
    public static string LostContacts(int number) => $"/v1/keys/lost/{number}/contacts";

    /// <summary>The path of one access key.</summary>
    public static string AccessKey(AccessKeyId key) => $"{AccessKeys}/{key}";

    /// <summary>The path of one file.</summary>
    public static string File(FileId file) => $"/v1/files/{file}";

    /// <summary>The path of a file's name.</summary>
    public static string FileName(FileId file) => $"/v1/files/{file}/name";

    /// <summary>The path of a file's name, where keys were lost.</summary>
    public static string FileNaming(FileId file) => $"/v1/files/{file}/naming";

    /// <summary>The path of a file in the trash.</summary>
    public static string FileTrash(FileId file) => $"/v1/files/{file}/trash";

    /// <summary>The path of a file's versions.</summary>
    public static string FileVersions(FileId file) => $"/v1/files/{file}/versions";

    /// <summary>The path of one version; 0 means the newest.</summary>
    public static string FileVersion(FileId file, int version) => $"/v1/files/{file}/versions/{version}";

    /// <summary>The path of one version's payload.</summary>
    public static string FilePayload(FileId file, int version) => $"/v1/files/{file}/versions/{version}/payload";

    /// <summary>The path that copies one version; 0 is none.</summary>
    public static string FileCopy(FileId file, int version) => $"/v1/files/{file}/versions/{version}/copy";

    /// <summary>The path of a file's shares.</summary>
    public static string FileShares(FileId file) => $"/v1/files/{file}/shares";

    /// <summary>The path of one recipient's share of a file.</summary>
    public static string FileShare(FileId file, AccountId recipient) => $"/v1/files/{file}/shares/{recipient}";

    /// <summary>The path of a file's history.</summary>
    public static string FileHistory(FileId file) => $"/v1/files/{file}/history";

    /// <summary>The path of one send.</summary>
    public static string Send(UploadId upload) => $"/v1/sends/{upload}";

    /// <summary>The path of the parts of a send that have arrived.</summary>
    public static string SendParts(UploadId upload) => $"/v1/sends/{upload}/parts";

    /// <summary>The path of one part of a send, numbered from 0.</summary>
    public static string SendPart(UploadId upload, int index) => $"/v1/sends/{upload}/parts/{index}";

    /// <summary>The path that ends a send.</summary>
    public static string SendCommit(UploadId upload) => $"/v1/sends/{upload}/commit";
}
