using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Receives one file, of one's own or given by somebody; the target appears whole or not at all.</summary>
/// <param name="slots">As many as parts may be in memory, of this file and of others that are received beside it.</param>
internal sealed class Receive(SignedIn me, ReceiveOptions options, SemaphoreSlim slots)
{
    internal Task RunAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        NamedAsync(file, "received", async () =>
        {
            using var version = await OpenedVersion.OpenAsync(me, file, options.Password, cancellationToken).ConfigureAwait(false);
            var content = new VersionContent(me, version.Reply, version.Manifest, version.FileKey, slots);
            await (options.Range is { } range
                ? ReceiveRangeAsync(version, content, range, targetPath, progress, cancellationToken)
                : ReceiveAsync(version, content, file.Owner is null, targetPath, progress, cancellationToken)).ConfigureAwait(false);
        });

    /// <summary>Who fetches many files must see which one was damaged.</summary>
    private static async Task NamedAsync(VaultFile file, string done, Func<Task> fetch)
    {
        try
        {
            await fetch().ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.IntegrityFailed)
        {
            throw new VaultException(error.Code, $"'{file.Name}' was not {done}. {error.Message}", error.Advice, error);
        }
    }

    /// <param name="isOwn">
    /// Whether the version is one's own. One's own client signed the parts that were sealed from what it hashed, so they say it all; what
    /// somebody else's says of the whole is compared.
    /// </param>
    private async Task ReceiveAsync(
        OpenedVersion version, VersionContent content, bool isOwn, string targetPath, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var metadata = version.Metadata;
        using var target = content.Layout.PartCount > 1
            ? TargetFile.Continue(targetPath, options.Overwrite, $"{version.Manifest.File}-{version.Manifest.Version}")
            : TargetFile.Create(targetPath, options.Overwrite);
        try
        {
            using var hash = isOwn ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var meter = new ProgressMeter(progress, metadata.Name, metadata.Size);
            var (first, nonce) = await HeldAsync(version, content, target, hash, meter, cancellationToken).ConfigureAwait(false);
            await content.ForEachAsync(
                first, content.Layout.PartCount, nonce,
                async (part, stop) =>
                {
                    var hashing = hash is null ? Task.CompletedTask : Task.Run(() => hash.AppendData(part.Plain.Span), CancellationToken.None);
                    try
                    {
                        await target.WriteAsync(part.Plain, content.PlainRange(part.Index).Offset, stop).ConfigureAwait(false);
                    }
                    finally
                    {
                        await hashing.ConfigureAwait(false);
                    }

                    meter.Add(part.Plain.Length);
                },
                cancellationToken).ConfigureAwait(false);
            if (hash is not null && !hash.GetHashAndReset().AsSpan().SequenceEqual(metadata.Sha256))
            {
                throw VaultException.Forged("The file's content is not what was sent.");
            }

            target.Complete(metadata.ModifiedAt);
        }
        catch (VaultException error) when (error.IsTemporary && content.Layout.PartCount > 1)
        {
            target.Keep(); // for the same command to go on with
            throw;
        }
    }

    /// <summary>How many parts an earlier receive, which died, has left.</summary>
    private static async Task<(int Parts, byte[]? Nonce)> HeldAsync(
        OpenedVersion version, VersionContent content, TargetFile target, IncrementalHash? hash, ProgressMeter meter,
        CancellationToken cancellationToken)
    {
        if (target.Length < content.PlainPartSize)
        {
            return (0, null);
        }

        var nonce = await content.FetchNonceAsync(cancellationToken).ConfigureAwait(false);
        var parts = await new HeldContent(content, version, nonce).CountAsync(
            target.Length, target.ReadAsync,
            plain =>
            {
                hash?.AppendData(plain.Span);
                meter.Add(plain.Length);
            },
            cancellationToken).ConfigureAwait(false);
        target.Cut(parts == content.Layout.PartCount ? version.Metadata.Size : content.PlainRange(parts).Offset);
        return (parts, parts == 0 ? null : nonce);
    }

    private async Task ReceiveRangeAsync(
        OpenedVersion version, VersionContent content, ByteRange range, string targetPath, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var (offset, length) = range.Within(version.Metadata.Size);
        using var target = TargetFile.Create(targetPath, options.Overwrite);
        if (length > 0)
        {
            var meter = new ProgressMeter(progress, version.Metadata.Name, length);
            var (first, last) = ((int)(offset / content.PlainPartSize), (int)((offset + length - 1) / content.PlainPartSize));
            var nonce = first == 0 ? null : await content.FetchNonceAsync(cancellationToken).ConfigureAwait(false);
            await content.ForEachAsync(
                first, last + 1, nonce,
                async (part, stop) =>
                {
                    var start = content.PlainRange(part.Index).Offset;
                    var skip = (int)Math.Max(0, offset - start);
                    var wanted = part.Plain[skip..(int)Math.Min(part.Plain.Length, offset + length - start)];
                    await target.WriteAsync(wanted, start + skip - offset, stop).ConfigureAwait(false);
                    meter.Add(wanted.Length);
                },
                cancellationToken).ConfigureAwait(false);
        }

        target.Complete(version.Metadata.ModifiedAt);
    }

    /// <summary>Writes the complete age file, header and payload as they are stored, for any age implementation to open.</summary>
    /// <remarks>A file of one's own with a password is not opened for this: its signed manifest vouches for every byte of the payload.</remarks>
    internal Task ExportAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        NamedAsync(file, "exported", () => ExportStoredAsync(file, targetPath, progress, cancellationToken));

    private async Task ExportStoredAsync(
        VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var (reply, manifest) = await CheckAsync(file, cancellationToken).ConfigureAwait(false);
        using var target = TargetFile.Create(targetPath, options.Overwrite);
        await target.WriteAsync(reply.Header, 0, cancellationToken).ConfigureAwait(false);
        var content = new VersionContent(me, reply, manifest, fileKey: null, slots);
        var meter = new ProgressMeter(progress, file.Name, manifest.PayloadLength);
        await content.ForEachAsync(
            async (part, stop) =>
            {
                await target.WriteAsync(part.Sealed, reply.Header.Length + content.Layout.Offset(part.Index), stop).ConfigureAwait(false);
                meter.Add(part.Sealed.Length);
            },
            cancellationToken).ConfigureAwait(false);
        target.Complete(file.ModifiedAt);
    }

    private async Task<(FileVersionReply Reply, Manifest Manifest)> CheckAsync(VaultFile file, CancellationToken cancellationToken)
    {
        if (file is { Protection: FileProtection.Password, Owner: null } && options.Password is null)
        {
            return await OpenedVersion.FetchAsync(me, file, cancellationToken).ConfigureAwait(false);
        }

        using var version = await OpenedVersion.OpenAsync(me, file, options.Password, cancellationToken).ConfigureAwait(false);
        return (version.Reply, version.Manifest);
    }
}
