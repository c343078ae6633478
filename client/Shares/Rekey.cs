using System.Security.Cryptography;
using Vault.Client.Files;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>
/// Sends the newest version again under a new file key, for everyone but one person, and deletes the older payloads: what that person
/// kept of the old key opens nothing that is stored. Part by part through memory; no plaintext touches a disk.
/// </summary>
internal sealed class Rekey(SignedIn me, AccountId without)
{
    internal async Task<VaultFile> RunAsync(
        VaultFile file, SecretBytes? password, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var newest = await OwnFiles.GetVersionAsync(me, file.Id, 0, cancellationToken).ConfigureAwait(false);
        using var version = await OpenedVersion.OpenAsync(me, newest, password, cancellationToken).ConfigureAwait(false);
        using var slots = TransferLimits.Slots(TransferLimits.DefaultThrottle);
        var parts = new VersionContent(me, version.Reply, version.Manifest, version.FileKey, slots);
        var options = new SendOptions { Password = newest.Protection == FileProtection.Password ? password : null };
        using var content = await NewContent.CreateAsync(
            me.Ring, options, version.Metadata.Size, cancellationToken, parts.Layout).ConfigureAwait(false);
        var target = await me.Connection.PostAsync(
            Routes.Sends, content.Reserve(file.Id, await OwnFiles.TagAsync(me, version.Metadata.Name, cancellationToken).ConfigureAwait(false)), ProtocolJson.Default.ReserveSendRequest,
            ProtocolJson.Default.SendTarget, cancellationToken).ConfigureAwait(false);
        try
        {
            var hashes = await SealAnewAsync(parts, content, new ProgressMeter(progress, newest.Name, newest.Length), cancellationToken)
                .ConfigureAwait(false);
            var commit = new Commit(me, new Renewal(me, without, removeOlder: true));
            return await commit.RunAsync(content, target with { IsShared = true }, version.Metadata, hashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Send.ReleaseAsync(me, content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<byte[]> SealAnewAsync(VersionContent parts, NewContent content, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var hashes = new byte[content.Layout.PartCount * SHA256.HashSizeInBytes];
        await parts.ForEachAsync(
            async (part, stop) =>
            {
                content.Seal(part.Index, part.Plain.Span, part.Sealed.Span); // over the old ciphertext, which is no longer needed
                var hash = SHA256.HashData(part.Sealed.Span);
                hash.CopyTo(hashes, part.Index * SHA256.HashSizeInBytes);
                await me.Connection.PutPartAsync(
                    Routes.SendPart(content.Upload, part.Index), part.Sealed, Convert.ToHexStringLower(hash), stop).ConfigureAwait(false);
                meter.Add(part.Plain.Length);
            },
            cancellationToken).ConfigureAwait(false);
        return hashes;
    }
}
