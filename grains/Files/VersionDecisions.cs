using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>Everything that a new version is decided on.</summary>
/// <param name="File">The file whose stream it goes to.</param>
/// <param name="Owner">The account that sends.</param>
/// <param name="SigningKey">The owner's, from the profile.</param>
/// <param name="Reservation">The send as it was announced.</param>
/// <param name="Commit">The send as it ends.</param>
/// <param name="Shares">The grants that come with it, checked for themselves; null where the commit says nothing of shares.</param>
/// <param name="Copied">The content, where another send stored it.</param>
internal sealed record StoreVersion(
    FileId File, AccountId Owner, byte[] SigningKey, ReserveSendRequest Reservation, CommitSendRequest Commit,
    VersionGrants? Shares, StoredContent? Copied = null);

/// <summary>The grants of a new version, and how they are stored.</summary>
internal sealed record VersionGrants(GiveShares Grants, GrantBlob Blob);

/// <summary>What is decided of versions. Pure.</summary>
internal static class VersionDecisions
{
    private const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>
    /// Stores a version if the owner's key signed its manifest and each field of it agrees with the announcement and with
    /// what comes along. The same upload with the same manifest is already so.
    /// </summary>
    public static Decision<FileEvent> Store(FileState state, StoreVersion command, DateTimeOffset now)
    {
        var (reservation, commit) = (command.Reservation, command.Commit);
        if (state.Erased is not null || (state.Owner is { } owner && owner != command.Owner))
        {
            return new Problem(ErrorCode.Conflict, "This file id is used up. Send with a new one.");
        }

        if (state.Replaced.Any(content => content.Upload == commit.Upload))
        {
            return new Problem(
                ErrorCode.Conflict, "This upload id was used for a version that was replaced. Send with a new one.");
        }

        if (state.Find(commit.Upload) is { } same)
        {
            return same.ManifestHash.AsSpan().SequenceEqual(commit.Manifest.Hash())
                ? Decision<FileEvent>.Nothing
                : new Problem(ErrorCode.Conflict, "This upload id was used for another send. Send with a new one.");
        }

        if (CheckForm(command) is { } malformed)
        {
            return Invalid(malformed);
        }

        if (commit.Manifest.Verify(command.SigningKey, now) is not { } manifest)
        {
            return Invalid("The manifest is not signed by the owner's key.");
        }

        var next = state.Next(command.File);
        if (manifest.File != next.File || manifest.Version != next.Version
            || !IsSame(manifest.PreviousManifest, next.PreviousManifest))
        {
            return new Problem(
                ErrorCode.Conflict, "The file stands at another version. Sign a manifest for the target and commit again.",
                Target: next with { IsShared = state.Shares.Live(now).Count > 0 });
        }

        if (CheckManifest(manifest, command) is { } wrong)
        {
            return Invalid(wrong);
        }

        var granted = new GrantTarget(manifest.Version, commit.Manifest.Hash(), state.Shares.LastNumber + 1);
        IReadOnlyList<AccountId> dropped = commit.Shares?.Dropped ?? [];
        if (GrantDecisions.CheckVersion(state, command.Shares?.Grants, dropped, granted, now) is { } refused)
        {
            return refused;
        }

        var stored = new VersionStored(
            command.Owner, commit.Upload, manifest.Version, reservation.PayloadLength, reservation.PartSize,
            commit.Header, commit.PartHashes, commit.OwnerMetadata, commit.Metadata, commit.Manifest, now);
        if (command.Copied is { } copied)
        {
            return new VersionCopied(
                stored, new CopiedContent(copied.Upload, copied.HeaderLength), command.Shares?.Blob.Hash,
                command.Shares?.Blob.Grants ?? [], dropped);
        }

        return command.Shares is { } shares
            ? new SharedVersionStored(
                stored, shares.Blob.Hash, shares.Blob.Grants, dropped, commit.Shares?.RemoveOlder ?? false)
            : stored;
    }

    /// <summary>Names the newest version anew, if the owner's present key signed this very name for this very manifest.</summary>
    public static Decision<FileEvent> Name(
        FileState state, FileId file, AccountId owner, byte[] signingKey, NameFileRequest request, DateTimeOffset now)
    {
        if (state.Versions.LastOrDefault() is not { } newest)
        {
            return new Problem(ErrorCode.NotFound, "There is no such file.");
        }

        if (!IsSealed(request.OwnerMetadata) || request.Naming.Verify(signingKey) is not { } naming
            || naming.Owner != owner || naming.File != file || !IsSame(naming.OwnerMetadata, SHA256.HashData(request.OwnerMetadata)))
        {
            return Invalid("The name is not signed by the owner's key.");
        }

        if (naming.Version != newest.Stored.Version || !IsSame(naming.Manifest, newest.ManifestHash))
        {
            return new Problem(ErrorCode.Conflict, "The file stands at another version. Open that one, and name it.");
        }

        return newest.Naming is { } same && IsSame(same.Bytes, request.Naming.Bytes)
            ? Decision<FileEvent>.Nothing
            : new VersionNamed(naming.Version, request.OwnerMetadata, request.Naming, now);
    }

    /// <summary>Gives the newest version other metadata, if the owner's key signed them; the same again is already so.</summary>
    public static Decision<FileEvent> Revise(
        FileState state, FileId file, RenameFileRequest request, byte[] signingKey, DateTimeOffset now)
    {
        if (request.Revision.Verify(signingKey) is not { } revision || revision.Owner != state.Owner || revision.File != file
            || !IsSame(revision.OwnerMetadata, SHA256.HashData(request.OwnerMetadata))
            || !IsSame(revision.Metadata, SHA256.HashData(request.Metadata)))
        {
            return Invalid("The revision is not signed by the owner's key, or not for these metadata.");
        }

        if (state.Versions.LastOrDefault() is not { } newest || newest.Stored.Version != revision.Version
            || !IsSame(newest.ManifestHash, revision.Manifest))
        {
            return new Problem(ErrorCode.Conflict, "The file stands at another version.");
        }

        if (revision.Revision <= newest.Revision)
        {
            return IsSame(newest.Revised?.Signed.Bytes, request.Revision.Bytes)
                ? Decision<FileEvent>.Nothing
                : new Problem(ErrorCode.Conflict, "The metadata have another revision already.");
        }

        return new MetadataRevised(
            revision.Version, revision.Revision, request.OwnerMetadata, request.Metadata, request.Revision, now);
    }

    /// <summary>Lets old versions go; never the newest.</summary>
    public static Decision<FileEvent> Drop(FileState state, IReadOnlyList<UploadId> uploads, DateTimeOffset now)
    {
        var dropped = state.Versions.SkipLast(1).Select(version => version.Stored.Upload).Where(uploads.Contains).ToList();
        return dropped.Count == 0 ? Decision<FileEvent>.Nothing : new OldVersionsDropped(dropped, now);
    }

    /// <summary>Ends the file; one without versions, or ended already, has nothing to end.</summary>
    public static Decision<FileEvent> Erase(FileState state, DateTimeOffset now) =>
        state.Versions.IsEmpty ? Decision<FileEvent>.Nothing : new FileErased(now);

    private static string? CheckForm(StoreVersion command)
    {
        var (reservation, commit) = (command.Reservation, command.Commit);
        if (reservation.Upload != commit.Upload || reservation.File != command.File)
        {
            return "The commit belongs to another send.";
        }

        if (!PartLayout.TryCreate(reservation.PayloadLength, reservation.PartSize, out var layout)
            || commit.PartHashes.Length != layout.PartCount * HashLength)
        {
            return "The list of part hashes does not fit the payload's length.";
        }

        if (commit.Header.Length != reservation.HeaderLength
            || commit.Header.Length > ReserveSendRequest.MaxHeaderLength)
        {
            return "The header has another length than was announced.";
        }

        if (!IsSealed(commit.OwnerMetadata) || !IsSealed(commit.Metadata))
        {
            return "The sealed metadata is too short or too long.";
        }

        return commit.Manifest.Signature.Length != Ed25519.SignatureLength || commit.Manifest.Mac.Length != HashLength
            ? "The manifest's signature or MAC has a wrong length."
            : null;
    }

    private static string? CheckManifest(Manifest manifest, StoreVersion command)
    {
        var (reservation, commit) = (command.Reservation, command.Commit);
        if (manifest.Owner != command.Owner)
        {
            return "The manifest names another owner.";
        }

        if (manifest.PayloadLength != reservation.PayloadLength || manifest.PartSize != reservation.PartSize)
        {
            return "The manifest's lengths are not those that were announced.";
        }

        if (!IsSame(manifest.PartList, PartLayout.HashOfList(commit.PartHashes)))
        {
            return "The manifest's part list is not the one that was sent.";
        }

        if (!IsSame(manifest.OwnerMetadata, SHA256.HashData(commit.OwnerMetadata))
            || !IsSame(manifest.Metadata, SHA256.HashData(commit.Metadata)))
        {
            return "The manifest's metadata is not the one that was sent.";
        }

        return manifest.FileKeyCommitment.Length != HashLength ? "The file-key commitment has a wrong length." : null;
    }

    private static bool IsSealed(byte[] metadata) =>
        metadata.Length is >= XChaCha20Poly1305.Overhead and <= CommitSendRequest.MaxMetadataLength;

    private static bool IsSame(byte[]? a, byte[]? b) =>
        a is null || b is null ? a is null && b is null : a.AsSpan().SequenceEqual(b);

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}
