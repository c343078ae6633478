using System.Security.Cryptography;
using Vault.Client.Files;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>
/// Sends the newest version again under a new file key, for everyone but one person, and deletes the older payloads: what that person
/// kept of the old key opens nothing that is stored. Part by part through memory; no plaintext touches a disk.
/// </summary>
internal sealed class Rekey : IDisposable
{
    private readonly SignedIn _me;
    private readonly VaultFile _newest;
    private readonly OpenedVersion _version;
    private readonly SecretBytes? _password;

    private Rekey(SignedIn me, VaultFile newest, OpenedVersion version, SecretBytes? password) =>
        (_me, _newest, _version, _password) = (me, newest, version, password);

    /// <summary>Opens the newest version: what cannot be opened cannot be stored anew.</summary>
    /// <param name="password">The file's own, where it has one; stays the caller's.</param>
    internal static async Task<Rekey> OpenAsync(SignedIn me, VaultFile file, SecretBytes? password, CancellationToken cancellationToken)
    {
        var newest = await OwnFiles.GetVersionAsync(me, file.Id, 0, cancellationToken).ConfigureAwait(false);
        return new Rekey(
            me, newest, await OpenedVersion.OpenAsync(me, newest, password, cancellationToken).ConfigureAwait(false), password);
    }

    public void Dispose() => _version.Dispose();

    /// <param name="without">Who is to lose the file; null where nobody is any more.</param>
    internal async Task<VaultFile> RunAsync(AccountId? without, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var slots = TransferLimits.Slots(TransferLimits.DefaultThrottle);
        var parts = new VersionContent(_me, _version.Reply, _version.Manifest, _version.FileKey, slots);
        var options = _newest.Protection == FileProtection.Password
            ? new SendOptions
            {
                Password = _password,
                WorkFactor = Math.Max(SendOptions.MinWorkFactor, AgeHeader.WorkFactorOf(_version.Reply.Header) ?? ScryptRecipient.DefaultLogN),
            }
            : new SendOptions();
        using var content = await NewContent.CreateAsync(
            _me.Ring, options, _version.Metadata.Size, cancellationToken, parts.Layout).ConfigureAwait(false);
        var tag = await OwnFiles.TagAsync(_me, _version.Metadata.Name, cancellationToken).ConfigureAwait(false);
        var target = await _me.Connection.PostAsync(
            Routes.Sends, content.Reserve(_newest.Id, tag), ProtocolJson.Default.ReserveSendRequest, ProtocolJson.Default.SendTarget,
            cancellationToken).ConfigureAwait(false);
        try
        {
            RequireNext(target);
            var meter = new ProgressMeter(progress, _newest.Name, _newest.Length);
            var hashes = await SealAnewAsync(parts, content, meter, cancellationToken).ConfigureAwait(false);
            var commit = new Commit(_me, new Renewal(_me, without, removeOlder: true));
            return await commit.RunAsync(
                content, target with { IsShared = true }, _version.Metadata,
                next => content.Sign(_me.Ring, _me.Account, RequireNext(next), _version.Metadata, hashes), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Send.ReleaseAsync(_me, content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    // It comes in the place of all before: one that was stored since this one was opened would go with them.
    private SendTarget RequireNext(SendTarget target) => target.File == _newest.Id && target.Version == _newest.Version + 1
        ? target
        : throw new VaultException(
            VaultErrorCode.Conflict,
            $"Another version of '{_newest.Name}' was stored meanwhile: nothing was stored under a new key, and no version deleted.",
            "Run the same command again.");

    private async Task<byte[]> SealAnewAsync(VersionContent parts, NewContent content, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var hashes = new byte[content.Layout.PartCount * SHA256.HashSizeInBytes];
        await parts.ForEachAsync(
            async (part, stop) =>
            {
                content.Seal(part.Index, part.Plain.Span, part.Sealed.Span); // over the old ciphertext, which is no longer needed
                var hash = SHA256.HashData(part.Sealed.Span);
                hash.CopyTo(hashes, part.Index * SHA256.HashSizeInBytes);
                await _me.Connection.PutPartAsync(
                    Routes.SendPart(content.Upload, part.Index), part.Sealed, Convert.ToHexStringLower(hash), stop).ConfigureAwait(false);
                meter.Add(part.Plain.Length);
            },
            cancellationToken).ConfigureAwait(false);
        return hashes;
    }
}
