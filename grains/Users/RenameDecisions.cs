using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of names. Pure.</summary>
internal static class RenameDecisions
{
    /// <summary>Gives a file another name if its owner's key signed that for the newest version, and the name is free.</summary>
    public static Decision<UserEvent> Rename(
        UserState state, AccountId owner, FileId file, RenameFileRequest request, byte[] signingKey)
    {
        if (state.Files.Find(file) is not { } listed)
        {
            return new Problem(ErrorCode.NotFound, "There is no such file.");
        }

        if (!NameTag.TryRead(request.NameTag, out var tag) || !IsSealed(request.OwnerMetadata) || !IsSealed(request.Metadata)
            || request.Revision.Signature.Length != Ed25519.SignatureLength)
        {
            return Invalid("The name tag, the sealed metadata or the signature has a wrong length.");
        }

        if (request.Revision.Verify(signingKey) is not { } revision || revision.Owner != owner || revision.File != file
            || !IsSame(revision.OwnerMetadata, SHA256.HashData(request.OwnerMetadata))
            || !IsSame(revision.Metadata, SHA256.HashData(request.Metadata)))
        {
            return Invalid("The revision is not signed by the owner's key, or not for these metadata.");
        }

        var newest = listed.Versions[^1];
        if (revision.Version == newest.Version && revision.Revision == listed.Revision && listed.NameTag == tag
            && IsSame(listed.OwnerMetadata, request.OwnerMetadata))
        {
            return Decision<UserEvent>.Nothing;
        }

        if (revision.Version != newest.Version || !IsSame(revision.Manifest, newest.ManifestHash)
            || revision.Revision != listed.Revision + 1)
        {
            return new Problem(ErrorCode.Conflict, "The file has changed meanwhile. Look it up and rename it again.");
        }

        if (state.Files.Find(tag) is { } other && other.File != file)
        {
            return new Problem(ErrorCode.Conflict, "There is a file of this name already. Choose another name.");
        }

        return state.Sends.Open.Values.Any(open => open.File == file || open.NameTag == tag)
            ? new Problem(ErrorCode.Conflict, "A send under the old or the new name is under way. Rename the file when it is over.")
            : new FileRenamed(file, tag, revision.Version, revision.Revision, request.OwnerMetadata, request.Metadata, request.Revision);
    }

    /// <summary>Notes that the file's stream has the name.</summary>
    public static Decision<UserEvent> Finish(UserState state, FileRenamed renamed) =>
        state.Files.Renaming.TryGetValue(renamed.File, out var open) && open.Revision == renamed.Revision && open.Version == renamed.Version
            ? new RenameFinished(renamed.File, renamed.Version, renamed.Revision)
            : Decision<UserEvent>.Nothing;

    private static bool IsSealed(byte[] metadata) =>
        metadata.Length is >= XChaCha20Poly1305.Overhead and <= CommitSendRequest.MaxMetadataLength;

    private static bool IsSame(byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b);

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}
