using Vault.Client.Contacts;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>A version that was checked in everything but its content, with the key that opens it.</summary>
internal sealed class OpenedVersion : IDisposable
{
    private OpenedVersion(FileVersionReply reply, Manifest manifest, SecretBytes fileKey, FileMetadata metadata)
    {
        Reply = reply;
        Manifest = manifest;
        FileKey = fileKey;
        Metadata = metadata;
    }

    public FileVersionReply Reply { get; }

    public Manifest Manifest { get; }

    public SecretBytes FileKey { get; }

    public FileMetadata Metadata { get; }

    /// <summary>Fetches the version that a person chose from a list, and opens its header.</summary>
    /// <param name="brief">Whether the content is not asked for: then the list of its parts stays where it is.</param>
    /// <param name="password">The file's own password, where it is one's own file and has one.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>, <see cref="VaultErrorCode.WrongFilePassword"/>,
    /// <see cref="VaultErrorCode.IntegrityFailed"/>, <see cref="VaultErrorCode.ContactChanged"/>, <see cref="VaultErrorCode.ShareOutdated"/>.</exception>
    internal static async Task<OpenedVersion> OpenAsync(
        SignedIn me, VaultFile file, SecretBytes? password, CancellationToken cancellationToken, bool brief = false)
    {
        var (reply, manifest) = await FetchAsync(me, file, cancellationToken, brief).ConfigureAwait(false);
        var fileKey = await HeaderKey.OpenAsync(reply.Header, file, me.Ring, password, cancellationToken).ConfigureAwait(false);
        try
        {
            var metadata = VersionCheck.Opened(
                reply.Metadata, reply.Manifest, manifest, fileKey, VersionCheck.RevisionOf(reply.Revised));
            if (file.IsReadable)
            {
                VersionCheck.Chosen(metadata, file);
            }

            return new OpenedVersion(reply, manifest, fileKey, metadata);
        }
        catch
        {
            fileKey.Dispose();
            throw;
        }
    }

    /// <summary>The same without opening it.</summary>
    internal static async Task<(FileVersionReply Reply, Manifest Manifest)> FetchAsync(
        SignedIn me, VaultFile file, CancellationToken cancellationToken, bool brief = false)
    {
        var path = Routes.FileVersion(file.Id, file.Version);
        var reply = await me.Connection.GetAsync(
            brief ? Routes.Brief(path) : path, ProtocolJson.Default.FileVersionReply, cancellationToken).ConfigureAwait(false);
        if (file.Owner is null)
        {
            return (reply, VersionCheck.Manifest(reply, file.Id, file.Version, me, brief));
        }

        if (reply.Received is null || reply.Owner != file.Owner.Account)
        {
            throw VaultException.OfAnotherAccount();
        }

        var owner = PublishedProfile.Check(reply.Owner, reply.Received.OwnerProfile, me.Connection.ServerKey);
        var meeting = await me.Contacts.MeetAsync(owner, cancellationToken).ConfigureAwait(false);
        return (reply, VersionCheck.Received(reply, file.Id, file.Version, meeting, me));
    }

    public void Dispose() => FileKey.Dispose();
}
