using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Vault.Protocol;

/// <summary>Source-generated JSON of every request and reply: camel case, nulls and missing members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    // The generated fast path would write a null byte array as "".
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ServerReply))]
[JsonSerializable(typeof(RegistrationStartRequest))]
[JsonSerializable(typeof(RegistrationStartReply))]
[JsonSerializable(typeof(RegistrationFinishRequest))]
[JsonSerializable(typeof(RegistrationFinishReply))]
[JsonSerializable(typeof(ConfirmAddressRequest))]
[JsonSerializable(typeof(LoginStartRequest))]
[JsonSerializable(typeof(LoginStartReply))]
[JsonSerializable(typeof(LoginFinishRequest))]
[JsonSerializable(typeof(LoginFinishReply))]
[JsonSerializable(typeof(LoginCodeRequest))]
[JsonSerializable(typeof(TotpSecretReply))]
[JsonSerializable(typeof(EnableTotpRequest))]
[JsonSerializable(typeof(DisableTotpRequest))]
[JsonSerializable(typeof(NewAccessKeyRequest))]
[JsonSerializable(typeof(AccessKeysReply))]
[JsonSerializable(typeof(AccessReply))]
[JsonSerializable(typeof(SigningCertificate))]
[JsonSerializable(typeof(SentMetadata))]
[JsonSerializable(typeof(SignedSentMetadata))]
[JsonSerializable(typeof(SessionReply))]
[JsonSerializable(typeof(SessionsReply))]
[JsonSerializable(typeof(CloseAccountRequest))]
[JsonSerializable(typeof(RecoveryRequest))]
[JsonSerializable(typeof(ResetStartRequest))]
[JsonSerializable(typeof(ResetStartReply))]
[JsonSerializable(typeof(ResetFinishRequest))]
[JsonSerializable(typeof(ResetFinishReply))]
[JsonSerializable(typeof(LossesRequest))]
[JsonSerializable(typeof(LossesPage))]
[JsonSerializable(typeof(PasswordStartRequest))]
[JsonSerializable(typeof(PasswordStartReply))]
[JsonSerializable(typeof(ChangeKeysRequest))]
[JsonSerializable(typeof(LostKeyRingsReply))]
[JsonSerializable(typeof(Naming))]
[JsonSerializable(typeof(NameFileRequest))]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ReserveSendRequest))]
[JsonSerializable(typeof(SendTarget))]
[JsonSerializable(typeof(SendPartsReply))]
[JsonSerializable(typeof(CommitSendRequest))]
[JsonSerializable(typeof(CopyVersionRequest))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(SendBatchItem))]
[JsonSerializable(typeof(SendBatchReply))]
[JsonSerializable(typeof(FileListPage))]
[JsonSerializable(typeof(FileVersionReply))]
[JsonSerializable(typeof(FileVersionsReply))]
[JsonSerializable(typeof(FileEntry))]
[JsonSerializable(typeof(MetadataRevision))]
[JsonSerializable(typeof(RenameFileRequest))]
[JsonSerializable(typeof(FindProfileRequest))]
[JsonSerializable(typeof(ProfileReply))]
[JsonSerializable(typeof(ContactsReply))]
[JsonSerializable(typeof(PutContactsRequest))]
[JsonSerializable(typeof(Grant))]
[JsonSerializable(typeof(ShareGrant))]
[JsonSerializable(typeof(GrantSharesRequest))]
[JsonSerializable(typeof(GrantSharesReply))]
[JsonSerializable(typeof(FileSharesReply))]
[JsonSerializable(typeof(GivenSharesPage))]
[JsonSerializable(typeof(ReceivedSharesPage))]
[JsonSerializable(typeof(HistoryPage))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Reads bytes from elsewhere; null where they are not exactly one such value.</summary>
    public static T? TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
