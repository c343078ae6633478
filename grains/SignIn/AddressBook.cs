using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.SignIn;

/// <summary>Which account an e-mail address belongs to: one small blob for each address, named by a keyed hash of it.</summary>
internal sealed class AddressBook(
    [FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, SiloKeys keys, StorageGuard guard)
{
    private const string Folder = "addresses";

    /// <summary>The account of the address; for one that nobody has claimed, an id from a PRF of it, which never has events.</summary>
    public async Task<AccountId> ResolveAsync(EmailAddress address) => await FindAsync(NameOf(address)) ?? FakeIdOf(address);

    /// <summary>The account of the address, which it has from now on if it had none. The account may have no events yet.</summary>
    public async Task<AccountId> ClaimAsync(EmailAddress address)
    {
        var name = NameOf(address);
        if (await FindAsync(name) is { } known)
        {
            return known;
        }

        var account = AccountId.New();
        var isOurs = await guard.RunAsync(
            name.ToString(), cancellation => accounts.CreateAsync(name, BytesOf(account), cancellation));
        return isOurs ? account : await FindAsync(name) ?? throw guard.Damaged(name.ToString());
    }

    /// <summary>Lets go of an address whose account is closed; one that has another account by now stays, whoever lets go of it when.</summary>
    public Task ReleaseAsync(EmailAddress address, AccountId account)
    {
        var name = NameOf(address);
        return guard.RunAsync(name.ToString(), cancellation => accounts.DeleteIfAsync(name, BytesOf(account), cancellation));
    }

    /// <summary>A name for the address that tells it to nobody without the key: HMAC-SHA256(code key, address), in hexadecimal digits.</summary>
    public string TagOf(EmailAddress address) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(keys.CodeKey, Encoding.UTF8.GetBytes(address.Value)));

    private async Task<AccountId?> FindAsync(BlobName name)
    {
        var bytes = await guard.RunAsync(
            name.ToString(), cancellation => accounts.ReadAsync(name, VaultId.TextLength, cancellation));
        if (bytes is null)
        {
            return null;
        }

        return AccountId.TryParse(Encoding.ASCII.GetString(bytes), out var account)
            ? account
            : throw guard.Damaged(name.ToString());
    }

    private static byte[] BytesOf(AccountId account) => Encoding.ASCII.GetBytes(account.ToString());

    // addresses/{HMAC-SHA256(id key, address)}: whoever reads the store cannot test addresses without the key.
    private BlobName NameOf(EmailAddress address)
    {
        var hash = HMACSHA256.HashData(keys.IdKey, Encoding.UTF8.GetBytes(address.Value));
        return BlobName.Create(Folder, Convert.ToHexStringLower(hash));
    }

    // HMAC-SHA256(fake-record key, "account" ‖ 0x00 ‖ address), the first 16 bytes.
    private AccountId FakeIdOf(EmailAddress address)
    {
        var hash = HMACSHA256.HashData(keys.Opaque.FakeRecordKey.Span, Encoding.UTF8.GetBytes("account\0" + address.Value));
        return AccountId.From(new Guid(hash.AsSpan(0, VaultId.ByteLength), bigEndian: true));
    }
}
