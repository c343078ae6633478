using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.SignIn;

/// <summary>
/// OPAQUE records and sealed key rings: blobs beside the account's stream, whose events hold only their SHA-256. So a
/// superseded one can be deleted, and a log kept by an operator does not open with an old password.
/// </summary>
/// <remarks>
/// Named <c>{account}/{kind}-{generation}-{hash}</c>. The hash is in the name so that two registrations at once, of which one
/// will lose, never write over each other's blobs.
/// </remarks>
internal sealed class AccountBlobs([FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, StorageGuard guard)
{
    private const int MaxLength = 64 * 1024;

    private static readonly string[] KeyPrefixes = ["record-", "ring-", "recovery-ring-", "access-keys-"];

    /// <summary>Stores a blob; storing it again changes nothing.</summary>
    public async Task PutAsync(AccountId account, AccountBlob kind, int generation, byte[] content)
    {
        var name = NameOf(account, kind, generation, SHA256.HashData(content));
        await guard.RunAsync(name.ToString(), cancellation => accounts.PutAsync(name, content, cancellation));
    }

    /// <summary>Reads a blob that an event names; one that is missing or different is damage.</summary>
    public async Task<byte[]> ReadAsync(AccountId account, AccountBlob kind, int generation, byte[] hash)
    {
        var name = NameOf(account, kind, generation, hash);
        var content = await TryReadAsync(name, kind == AccountBlob.Contacts ? PutContactsRequest.MaxLength : MaxLength);
        return content is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(content), hash)
            ? content
            : throw guard.Damaged(name.ToString());
    }

    /// <summary>Deletes a blob that was superseded; one that is gone is no error.</summary>
    public async Task DeleteAsync(AccountId account, AccountBlob kind, int generation, byte[] hash)
    {
        var name = NameOf(account, kind, generation, hash);
        await guard.RunAsync(name.ToString(), cancellation => accounts.DeleteAsync(name, cancellation));
    }

    /// <summary>Deletes records, key rings and keys of access keys but those that <paramref name="kept"/> names: what a crash left before it was deleted.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="kept">What the account has.</param>
    /// <param name="confirm">Called before the first is deleted; throws where the account may have others by now.</param>
    public async Task DeleteOthersAsync(
        AccountId account, IReadOnlyCollection<(AccountBlob Kind, int Generation, byte[] Hash)> kept, Func<Task> confirm)
    {
        var names = kept.Select(blob => NameOf(account, blob.Kind, blob.Generation, blob.Hash)).ToHashSet();
        var folder = BlobName.Create(account.ToString());
        var others = await guard.RunAsync(folder.ToString(), async cancellation =>
        {
            var found = new List<BlobName>();
            await foreach (var blob in accounts.ListAsync(folder, cancellation))
            {
                if (!names.Contains(blob.Name) && IsOfKeys(blob.Name.Segments[^1]))
                {
                    found.Add(blob.Name);
                }
            }

            return found;
        });
        if (others.Count > 0)
        {
            await confirm();
            await guard.RunAllAsync("keys", others, accounts.DeleteAsync);
        }
    }

    /// <summary>Deletes everything of an account that is closed.</summary>
    public Task DeleteAllAsync(AccountId account)
    {
        var folder = BlobName.Create(account.ToString());
        return guard.ReplayAsync(folder.ToString(), async cancellation =>
        {
            await accounts.DeleteFolderAsync(folder, cancellation);
            return true;
        });
    }

    private static bool IsOfKeys(string name) => KeyPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Does for an account that does not exist what a read does for one that does, so that both take as long.</summary>
    public Task ReadNothingAsync(AccountId account) =>
        TryReadAsync(NameOf(account, AccountBlob.Record, 0, new byte[SHA256.HashSizeInBytes]), MaxLength);

    private static BlobName NameOf(AccountId account, AccountBlob kind, int generation, byte[] hash)
    {
        var prefix = kind switch
        {
            AccountBlob.Record => "record",
            AccountBlob.Ring => "ring",
            AccountBlob.RecoveryRing => "recovery-ring",
            AccountBlob.Contacts => "contacts",
            AccountBlob.AccessKeys => "access-keys",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such blob."),
        };
        return BlobName.Create(account.ToString(), $"{prefix}-{generation}-{Convert.ToHexStringLower(hash)}");
    }

    private Task<byte[]?> TryReadAsync(BlobName name, int maxLength) =>
        guard.RunAsync(name.ToString(), cancellation => accounts.ReadAsync(name, maxLength, cancellation));
}

/// <summary>What lies beside an account's stream.</summary>
internal enum AccountBlob
{
    /// <summary>The OPAQUE record.</summary>
    Record,

    /// <summary>The key ring under a key from OPAQUE's export key.</summary>
    Ring,

    /// <summary>The key ring under the recovery key.</summary>
    RecoveryRing,

    /// <summary>The contacts as the client sealed them; their version counts as the generation.</summary>
    Contacts,

    /// <summary>The keys of an access key's scope, sealed under its holder's secret.</summary>
    AccessKeys,
}
