using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Receives one file, of one's own or given by somebody; the target appears whole or not at all.</summary>
internal sealed class Receive(SignedIn me, ReceiveOptions options)
{
    internal async Task RunAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            await ReceiveAsync(file, targetPath, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.IntegrityFailed)
        {
            // Who receives many files must see which one it was.
            throw new VaultException(error.Code, $"'{file.Name}' was not received. {error.Message}", error.Advice, error);
        }
    }

    private async Task ReceiveAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var version = await OpenedVersion.OpenAsync(me, file, options.Password, cancellationToken).ConfigureAwait(false);
        var metadata = version.Metadata;
        using var target = TargetFile.Create(targetPath, options.Overwrite);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var meter = new ProgressMeter(progress, metadata.Name, metadata.Size);
        var offset = 0L;
        await new VersionContent(me, version.Reply, version.Manifest, version.FileKey).ForEachAsync(
            async (part, stop) =>
            {
                var hashing = Task.Run(() => hash.AppendData(part.Plain.Span), CancellationToken.None);
                try
                {
                    await target.WriteAsync(part.Plain, offset, stop).ConfigureAwait(false);
                }
                finally
                {
                    await hashing.ConfigureAwait(false);
                }

                offset += part.Plain.Length;
                meter.Add(part.Plain.Length);
            },
            cancellationToken).ConfigureAwait(false);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(metadata.Sha256))
        {
            throw VaultException.Forged("The file's content is not what was sent.");
        }

        target.Complete(metadata.ModifiedAt);
    }

    /// <summary>Writes the complete age file, header and payload as they are stored, for any age implementation to open.</summary>
    /// <remarks>A file of one's own with a password is not opened for this: its signed manifest vouches for every byte of the payload.</remarks>
    internal async Task ExportAsync(VaultFile file, string targetPath, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var (reply, manifest) = await CheckAsync(file, cancellationToken).ConfigureAwait(false);
        using var target = TargetFile.Create(targetPath, options.Overwrite);
        await target.WriteAsync(reply.Header, 0, cancellationToken).ConfigureAwait(false);
        var content = new VersionContent(me, reply, manifest, fileKey: null);
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
