using Vault.Client.Shares;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Ends a send: signs the version that comes next, and gives it to whoever had the one before.</summary>
internal sealed class Commit(SignedIn me, Renewal renewal)
{
    private const int MaxRaces = 20;

    /// <summary>Signs and commits; if another send of the name, or a grant, was first, signs anew.</summary>
    internal Task<VaultFile> RunAsync(
        NewContent content, SendTarget target, FileMetadata metadata, byte[] partHashes, CancellationToken cancellationToken) => RunAsync(
        content, target, metadata, next => content.Sign(me.Ring, me.Account, next, metadata, partHashes), cancellationToken);

    /// <summary>The same with another way to sign.</summary>
    internal Task<VaultFile> RunAsync(
        NewContent content, SendTarget target, FileMetadata metadata, Func<SendTarget, (CommitSendRequest Commit, Manifest Manifest)> sign,
        CancellationToken cancellationToken) => RunAsync(
        content, target, metadata, sign,
        (commit, _) => me.Connection.PostAsync(
            Routes.SendCommit(content.Upload), commit, ProtocolJson.Default.CommitSendRequest, ProtocolJson.Default.Receipt, cancellationToken),
        cancellationToken);

    /// <summary>The same with another way to sign, and to say so to the server.</summary>
    internal async Task<VaultFile> RunAsync(
        KeyedContent content, SendTarget target, FileMetadata metadata, Func<SendTarget, (CommitSendRequest Commit, Manifest Manifest)> sign,
        Func<CommitSendRequest, SendTarget, Task<Receipt>> post, CancellationToken cancellationToken)
    {
        for (var race = 1; ; race++)
        {
            VersionCheck.Target(target);
            var (commit, manifest) = sign(target);
            IReadOnlyList<LostShare> lost = [];
            if (target.IsShared && me.Ring.IsWhole)
            {
                (var shares, lost) = await renewal.MakeAsync(
                    content, metadata.Name, manifest, commit.Manifest.Hash(), cancellationToken).ConfigureAwait(false);
                commit = commit with { Shares = shares };
            }

            try
            {
                var receipt = await post(commit, target).ConfigureAwait(false);
                var stored = Check(content, commit, manifest, metadata, receipt) with { Lost = lost };
                me.Heads.Remember([receipt]);
                return stored;
            }
            catch (VaultException error) when (IsRace(error) && race < MaxRaces)
            {
                target = error.Target ?? target with { IsShared = true };
            }
        }
    }

    /// <summary>Whether signing anew can help.</summary>
    internal static bool IsRace(VaultException error) =>
        error.Code == VaultErrorCode.Conflict && (error.Target is not null || error.Shares is not null);

    /// <summary>The stored file, if the receipt is for what was sent.</summary>
    internal static VaultFile Check(KeyedContent content, CommitSendRequest commit, Manifest manifest, FileMetadata metadata, Receipt receipt)
    {
        VersionCheck.Receipt(receipt, manifest, commit.Manifest);
        return VaultFile.From(
            manifest.File, manifest.Version, metadata, DateTimeOffset.UtcNow, content.Header.Length + content.PayloadLength);
    }
}
