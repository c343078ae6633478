using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Mail;

/// <summary>Which mails are due: a small blob each, there before what it tells of and gone when the mail was handed over or given up.</summary>
internal sealed class Outbox(
    [FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, StorageGuard guard, IGrainFactory grains)
{
    private const int MaxLength = 4 * 1024;

    private static readonly BlobName Folder = BlobName.Create("outbox");

    /// <summary>Notes that a mail is due, durably; it leaves after <see cref="Send"/>, or when the outbox is next walked.</summary>
    /// <param name="about">See <see cref="QueuedMail"/>; nothing personal, and no code.</param>
    /// <exception cref="Interfaces.StorageUnavailableException">It may be noted or not; a composer that is asked in vain answers null.</exception>
    public async Task<QueuedMail> PrepareAsync(AccountId account, string kind, string about, DateTimeOffset now)
    {
        var mail = new QueuedMail(MailId.New(), account, kind, about, now);
        var name = NameOf(mail.Id);
        await guard.RunAsync(name.ToString(), cancellation => accounts.PutAsync(
            name, JsonSerializer.SerializeToUtf8Bytes(mail, MailJson.Stored.QueuedMail), cancellation));
        return mail;
    }

    /// <summary>Lets a prepared mail leave; the caller does not wait for it.</summary>
    public void Send(QueuedMail mail) => GrainOf(mail.Id).Deliver().Ignore();

    /// <summary>The entry; null where the mail is done with.</summary>
    public async Task<QueuedMail?> ReadAsync(MailId id)
    {
        var name = NameOf(id);
        var bytes = await guard.RunAsync(name.ToString(), cancellation => accounts.ReadAsync(name, MaxLength, cancellation));
        if (bytes is null)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, MailJson.Stored.QueuedMail);
        }
        catch (JsonException e)
        {
            throw guard.Damaged(name.ToString(), e);
        }
    }

    /// <summary>Forgets a mail that was handed over, is not wanted, or was given up.</summary>
    public Task RemoveAsync(MailId id)
    {
        var name = NameOf(id);
        return guard.RunAsync(name.ToString(), cancellation => accounts.DeleteAsync(name, cancellation));
    }

    /// <summary>Forgets what is due to an account that is closed.</summary>
    /// <param name="account">Whose mails.</param>
    /// <param name="keptKind">But for mails of this kind, which leave.</param>
    /// <returns>Whether one of that kind is still due.</returns>
    public async Task<bool> ForgetAsync(AccountId account, string? keptKind = null)
    {
        var ids = await guard.ReplayAsync(Folder.ToString(), async cancellation =>
        {
            var found = new List<MailId>();
            await foreach (var id in ListAsync(cancellation))
            {
                found.Add(id);
            }

            return found;
        });
        var isKept = false;
        foreach (var id in ids)
        {
            if (await ReadAsync(id) is not { } mail || mail.Account != account)
            {
                continue;
            }

            if (mail.Kind == keptKind)
            {
                isKept = true;
                Send(mail); // it may be that nobody woke it since a restart
                continue;
            }

            await RemoveAsync(id);
        }

        return isKept;
    }

    /// <summary>Wakes every mail that is due: what a restart left, and what nobody woke.</summary>
    public async Task WakeAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var id in ListAsync(cancellationToken))
        {
            GrainOf(id).Deliver().Ignore();
        }
    }

    private async IAsyncEnumerable<MailId> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in accounts.ListAsync(Folder, cancellationToken))
        {
            if (VaultId.TryParse<MailId>(entry.Name.Segments[^1], out var id))
            {
                yield return id;
            }
        }
    }

    private static BlobName NameOf(MailId id) => Folder.Append(id.ToString());

    private IMailGrain GrainOf(MailId id) => grains.GetGrain<IMailGrain>(id.ToString());
}
