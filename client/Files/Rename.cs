using System.Security.Cryptography;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Gives a file of one's own another name: its metadata are sealed anew and signed, the content stays where it is.</summary>
internal sealed class Rename(SignedIn me)
{
    internal async Task<VaultFile> RunAsync(VaultFile file, string name, SecretBytes? password, CancellationToken cancellationToken)
    {
        var newest = await OwnFiles.GetVersionAsync(me, file.Id, version: 0, cancellationToken).ConfigureAwait(false);
        using var version = await OpenedVersion.OpenAsync(me, newest, password, cancellationToken, brief: true).ConfigureAwait(false);
        var (manifest, metadata) = (version.Manifest, version.Metadata with { Name = name });
        var revision = VersionCheck.RevisionOf(version.Reply.Revised) + 1;
        using var metadataKey = FileKeySchedule.Derive(version.FileKey, FileKeySchedule.Metadata);
        var forOwner = metadata.SealForOwner(me.Ring.MetadataKey, me.Account, file.Id, manifest.Version, revision);
        var forReaders = metadata.SealForReaders(metadataKey, me.Account, file.Id, manifest.Version, revision);
        var signed = SignedRevision.Sign(
            new MetadataRevision(
                me.Account, file.Id, manifest.Version, revision, version.Reply.Manifest.Hash(), SHA256.HashData(forOwner),
                SHA256.HashData(forReaders)),
            me.Ring.SigningSeed.Span);
        var entry = await me.Connection.PutAsync(
            Routes.FileName(file.Id),
            new RenameFileRequest(await OwnFiles.TagAsync(me, name, cancellationToken).ConfigureAwait(false), forOwner, forReaders, signed),
            ProtocolJson.Default.RenameFileRequest, ProtocolJson.Default.FileEntry, cancellationToken).ConfigureAwait(false);
        return entry.File == file.Id && entry.Version == manifest.Version && entry.Revision == revision
            ? OwnFiles.Open(me, entry)
            : throw VaultException.Forged("The server's answer is not for the name that was given.");
    }
}
