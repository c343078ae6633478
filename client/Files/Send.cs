using Vault.Client.Shares;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Sends one file: a small one in one request, a large one in parts.</summary>
/// <param name="slots">As many as parts may be in flight, of this send and of others that run beside it.</param>
internal sealed class Send(SignedIn me, SendOptions options, SemaphoreSlim slots)
{
    /// <summary>Up to here a file travels in one request.</summary>
    internal const long SmallLength = 1024 * 1024;

    private readonly Commit _commit = new(me, new Renewal(me));

    internal async Task<VaultFile> RunAsync(
        string path, string name, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var source = Source.Open(path);
        if (source.Length > SmallLength)
        {
            return await new LargeSend(me, options, _commit, source, name, slots).RunAsync(progress, cancellationToken).ConfigureAwait(false);
        }

        using var content = await NewContent.CreateAsync(me.Ring, options, source.Length, cancellationToken).ConfigureAwait(false);
        using var item = await SmallSend.PrepareAsync(source, name, content, me, cancellationToken).ConfigureAwait(false);
        var reply = await SmallSend.PostAsync(me, [item], cancellationToken).ConfigureAwait(false);
        var stored = await FinishAsync(item, reply[0], cancellationToken).ConfigureAwait(false);
        new ProgressMeter(progress, name, source.Length).Add(source.Length);
        return stored;
    }

    /// <summary>What a small send's reply means: a receipt to check, a version to sign anew, or an error.</summary>
    internal async Task<VaultFile> FinishAsync(SmallSend item, SendBatchItemReply reply, CancellationToken cancellationToken)
    {
        if (reply.Receipt is { } receipt)
        {
            return Commit.Check(item.Content, item.Commit, item.Manifest, item.Metadata, receipt);
        }

        var problem = VaultException.From(reply.Problem ?? new Problem(ErrorCode.ServerBusy, "The server gave no answer."));
        if (!Commit.IsRace(problem))
        {
            if (problem.Code is VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerBusy)
            {
                await ReleaseAsync(me, item.Content.Upload).ConfigureAwait(false); // it may have been announced and then not stored
            }

            throw problem;
        }

        try
        {
            var target = problem.Target ?? item.Target with { IsShared = true };
            return await _commit.RunAsync(item.Content, target, item.Metadata, item.Commit.PartHashes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync(me, item.Content.Upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a reservation back. Best effort with a bound: one that stays behind expires by itself.</summary>
    internal static async Task ReleaseAsync(SignedIn me, UploadId upload)
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await me.Connection.DeleteAsync(Routes.Send(upload), time.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is VaultException or OperationCanceledException)
        {
            // The error that ended the send is the one to tell.
        }
    }
}
