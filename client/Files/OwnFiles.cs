using System.Runtime.CompilerServices;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>The files of one's own, by the metadata that is sealed for their owner.</summary>
internal static class OwnFiles
{
    /// <summary>All at their newest versions, in the order of their ids.</summary>
    internal static IAsyncEnumerable<VaultFile> ListAsync(SignedIn me, CancellationToken cancellationToken) =>
        ListAsync(me, Routes.Files, cancellationToken);

    /// <summary>Those in the trash, in the order of their ids.</summary>
    internal static IAsyncEnumerable<VaultFile> ListTrashAsync(SignedIn me, CancellationToken cancellationToken) =>
        ListAsync(me, Routes.Trash, cancellationToken);

    private static async IAsyncEnumerable<VaultFile> ListAsync(
        SignedIn me, string route, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paging = new Paging(route);
        while (paging.Path is { } path)
        {
            var page = await me.Connection.GetAsync(path, ProtocolJson.Default.FileListPage, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Files)
            {
                paging.Take(entry.File);
                yield return Open(me, entry);
            }

            paging.Turn(page.Next);
        }
    }

    /// <summary>The file with exactly this normalised name; null where there is none.</summary>
    internal static async Task<VaultFile?> FindAsync(SignedIn me, string name, CancellationToken cancellationToken)
    {
        foreach (var tag in me.Ring.NameTags(name))
        {
            if (await FindAsync(me, name, tag, cancellationToken).ConfigureAwait(false) is { } file)
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>The tag to send a name under: of former keys where the name has one of theirs, so that it is sent again and not twice.</summary>
    internal static async Task<byte[]> TagAsync(SignedIn me, string name, CancellationToken cancellationToken)
    {
        var tags = me.Ring.NameTags(name);
        foreach (var former in tags.Skip(1))
        {
            if (await FindAsync(me, name, former, cancellationToken).ConfigureAwait(false) is not null)
            {
                return former;
            }
        }

        return tags[0];
    }

    private static async Task<VaultFile?> FindAsync(SignedIn me, string name, byte[] nameTag, CancellationToken cancellationToken)
    {
        var tag = Convert.ToHexStringLower(nameTag);
        var page = await me.Connection.GetAsync(
            $"{Routes.Files}?{Routes.NameTagQuery}={tag}", ProtocolJson.Default.FileListPage, cancellationToken).ConfigureAwait(false);
        if (page.Files is [])
        {
            return null;
        }

        if (page.Files is not [var entry])
        {
            throw VaultException.Forged("The server has several files of one name.");
        }

        var file = Open(me, entry);
        return file.Name == name ? file : throw VaultException.Forged("The server answered with another file than the one asked for.");
    }

    /// <summary>One version.</summary>
    /// <param name="version">0 for the newest.</param>
    internal static async Task<VaultFile> GetVersionAsync(SignedIn me, FileId file, int version, CancellationToken cancellationToken) =>
        (await GetSignedAsync(me, file, version, cancellationToken).ConfigureAwait(false)).File;

    /// <summary>The same with the manifest and the hash of its bytes.</summary>
    internal static async Task<(VaultFile File, Manifest Manifest, byte[] Hash)> GetSignedAsync(
        SignedIn me, FileId file, int version, CancellationToken cancellationToken)
    {
        var reply = await me.Connection.GetAsync(
            Routes.Brief(Routes.FileVersion(file, version)), ProtocolJson.Default.FileVersionReply, cancellationToken).ConfigureAwait(false);
        var manifest = VersionCheck.Manifest(reply, file, version == 0 ? reply.Version : version, me, brief: true);
        var metadata = OwnerMetadata.Open(reply.OwnerMetadata!, me.Ring, me.Account, file, manifest.Version, VersionCheck.RevisionOf(reply.Revised)); // checked with the manifest
        if (metadata is null && me.Ring.HasLost)
        {
            return (
                VaultFile.Unnamed(new FileEntry(
                    file, manifest.Version, [], [], reply.Header.Length + manifest.PayloadLength, reply.StoredAt, HeaderLength: reply.Header.Length)),
                manifest, reply.Manifest.Hash());
        }

        return metadata is null
            ? throw VaultException.Forged("The file's name does not verify.")
            : (
                VaultFile.From(file, manifest.Version, metadata, reply.StoredAt, reply.Header.Length + manifest.PayloadLength), manifest,
                reply.Manifest.Hash());
    }

    /// <summary>All kept versions of a file, the oldest first.</summary>
    internal static async Task<IReadOnlyList<VaultFile>> ListVersionsAsync(SignedIn me, FileId file, CancellationToken cancellationToken)
    {
        var reply = await me.Connection.GetAsync(
            Routes.FileVersions(file), ProtocolJson.Default.FileVersionsReply, cancellationToken).ConfigureAwait(false);
        var isInOrder = reply.Versions.Zip(reply.Versions.Skip(1)).All(pair => pair.First.Version < pair.Second.Version);
        return isInOrder && reply.Versions.All(entry => entry.File == file)
            ? [.. reply.Versions.Select(entry => Open(me, entry))]
            : throw VaultException.Forged("The versions are of another file, or out of order.");
    }

    /// <summary>A file as its entry in a list tells of it.</summary>
    internal static VaultFile Open(SignedIn me, FileEntry entry)
    {
        var metadata = OwnerMetadata.Open(entry.OwnerMetadata, me.Ring, me.Account, entry.File, entry.Version, entry.Revision);
        if (metadata is null && me.Ring.HasLost)
        {
            return VaultFile.Unnamed(entry) with { TrashedAt = entry.TrashedAt };
        }

        return metadata is null
            ? throw VaultException.Forged($"The list's entry for the file {entry.File} does not verify.")
            : VaultFile.From(entry.File, entry.Version, metadata, entry.StoredAt, entry.StoredLength) with { TrashedAt = entry.TrashedAt };
    }
}
