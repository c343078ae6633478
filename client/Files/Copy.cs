using Vault.Client.Shares;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Makes a file out of a version of one's own: its metadata are sealed and its manifest is signed anew, the content stays where
/// it is, under the file key that it was sealed with.</summary>
internal sealed class Copy(SignedIn me)
{
    private readonly Commit _commit = new(me, new Renewal(me));

    internal async Task<VaultFile> RunAsync(VaultFile file, string name, CopyOptions options, CancellationToken cancellationToken)
    {
        using var version = await OpenedVersion.OpenAsync(me, file, options.Password, cancellationToken, brief: true).ConfigureAwait(false);
        using var content = CopiedContent.Of(version, me.Ring);
        var metadata = version.Metadata with { Name = name };
        var tag = await OwnFiles.TagAsync(me, name, cancellationToken).ConfigureAwait(false);
        return await _commit.RunAsync(
            content, new SendTarget(FileId.New(), 1, null), metadata, target => content.Sign(me.Ring, me.Account, target, metadata),
            (commit, target) => PostAsync(file, name, new CopyVersionRequest(target.File, tag, commit), options, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<Receipt> PostAsync(
        VaultFile file, string name, CopyVersionRequest request, CopyOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await me.Connection.PostAsync(
                Routes.FileCopy(file.Id, file.Version), request, ProtocolJson.Default.CopyVersionRequest, ProtocolJson.Default.Receipt,
                cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Target is { Version: > 1 } && !options.Overwrite)
        {
            throw new VaultException(
                VaultErrorCode.Conflict, $"There is a file '{name}' already.",
                "Choose another name, or make the copy its next version with -Force.", error);
        }
    }
}
