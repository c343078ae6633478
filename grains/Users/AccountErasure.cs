using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Grains.Mail;
using Vault.Grains.SignIn;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>What a closed account leaves: a tombstone, the blob <c>closed/{account}</c>, which says when and nothing else. And how all
/// other blobs of the account go.</summary>
/// <remarks>The tombstone is written before anything is deleted: what has no stream any more, but a tombstone, is an account of which
/// something may be left to delete, and no new one.</remarks>
internal sealed class AccountErasure(
    [FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, [FromKeyedServices(BlobStores.Content)] IBlobStore content,
    AccountBlobs blobs, Outbox outbox, StorageGuard guard)
{
    private const int MaxLength = 1024;

    private static readonly BlobName Folder = BlobName.Create("closed");

    /// <summary>Writes the tombstone, unless there is one.</summary>
    public async Task MarkAsync(AccountId account, Tombstone tombstone)
    {
        var name = NameOf(account);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(tombstone, TombstoneJson.Stored.Tombstone);
        await guard.RunAsync(name.ToString(), cancellation => accounts.CreateAsync(name, bytes, cancellation));
    }

    /// <summary>The tombstone; null where there is none.</summary>
    public async Task<Tombstone?> FindAsync(AccountId account)
    {
        var name = NameOf(account);
        if (await guard.RunAsync(name.ToString(), cancellation => accounts.ReadAsync(name, MaxLength, cancellation)) is not { } bytes)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, TombstoneJson.Stored.Tombstone);
        }
        catch (JsonException e)
        {
            throw guard.Damaged(name.ToString(), e);
        }
    }

    /// <summary>Deletes the tombstone of what never was an account.</summary>
    public Task UnmarkAsync(AccountId account)
    {
        var name = NameOf(account);
        return guard.RunAsync(name.ToString(), cancellation => accounts.DeleteAsync(name, cancellation));
    }

    /// <summary>Deletes the account's content, what was staged, its key blobs, and mails that are due to it. Idempotent.</summary>
    /// <returns>Whether the notice of the closing is still due.</returns>
    public async Task<bool> DeleteBlobsAsync(AccountId account)
    {
        var folder = BlobName.Create(account.ToString());
        await guard.ReplayAsync($"content {folder}", async cancellation =>
        {
            await content.DeleteFolderAsync(folder, cancellation);
            return true;
        });
        await blobs.DeleteAllAsync(account);
        return await outbox.ForgetAsync(account, ClosedMail.Kind);
    }

    private static BlobName NameOf(AccountId account) => Folder.Append(account.ToString());
}

/// <summary>What is kept of a closed account.</summary>
/// <param name="IsLapsed">Whether there never was an account: then this goes too, once nothing else can be left.</param>
internal sealed record Tombstone(
    DateTimeOffset ClosedAt, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsLapsed = false);

[JsonSerializable(typeof(Tombstone))]
internal sealed partial class TombstoneJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static TombstoneJson Stored { get; } = new(StoredJson.CreateOptions());
}
