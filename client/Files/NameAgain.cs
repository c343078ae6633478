using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Gives a file with a password of its own its name back, after a reset put the keys aside that had sealed it.</summary>
/// <remarks>The name is sealed under the file key too, which the password opens; whoever has the file key made the manifest's MAC. The
/// name and the manifest are signed with the present keys, so from then on the file is as good as one sent with them.</remarks>
internal static class NameAgain
{
    internal static async Task<VaultFile> RunAsync(
        SignedIn me, VaultFile file, SecretBytes? password, CancellationToken cancellationToken)
    {
        if (file.IsReadable || file.Owner is not null)
        {
            return file;
        }

        using var version = await OpenedVersion.OpenAsync(me, file, password, cancellationToken, brief: true).ConfigureAwait(false);
        var box = version.Metadata.SealForOwner(
            me.Ring.MetadataKey, me.Account, file.Id, version.Manifest.Version, VersionCheck.RevisionOf(version.Reply.Revised));
        var naming = new Naming(
            me.Account, file.Id, version.Manifest.Version, version.Reply.Manifest.Hash(), SHA256.HashData(box));
        try
        {
            await me.Connection.DoAsync(
                HttpMethod.Put, Routes.FileNaming(file.Id),
                new NameFileRequest(me.Ring.NameTag(version.Metadata.Name), box, SignedNaming.Sign(naming, me.Ring.SigningSeed.Span)),
                ProtocolJson.Default.NameFileRequest, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.Conflict)
        {
            return file; // another file has the name now: this one stays without
        }

        return VaultFile.From(file.Id, version.Manifest.Version, version.Metadata, version.Reply.StoredAt, file.StoredLength);
    }
}
