using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway.Endpoints;

/// <summary>What a caller is told of a failure of the content store.</summary>
internal static class StorageProblems
{
    internal static Problem Of(StorageException error) => error.Reason switch
    {
        StorageError.PartMismatch => new Problem(
            ErrorCode.InvalidRequest, "The part does not have the length or the hash it was sent with. Send it again."),
        StorageError.PartMissing => new Problem(
            ErrorCode.InvalidRequest, "Not all parts have arrived with the hashes in the list. Send the missing ones and commit again."),
        StorageError.Conflict => new Problem(
            ErrorCode.Conflict, "This upload was used for other content, or is being committed. Start a new send."),
        StorageError.Damaged or StorageError.InvalidRange => new Problem( // what is asked for was held against what an event says
            ErrorCode.StorageUnavailable, "Stored data is damaged. The operator of the server has to look at its log."),
        _ => new Problem(
            ErrorCode.StorageUnavailable, "The server could not write or read its storage; nothing of this request is known to be stored. Try again.", 5),
    };
}
