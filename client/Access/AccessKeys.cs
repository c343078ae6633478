using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Access;

/// <summary>Makes, lists and ends access keys.</summary>
internal static class AccessKeys
{
    /// <summary>Writes the key's file, then lists the key in the account; if that fails the file goes again.</summary>
    internal static async Task<AccessKeyEntry> CreateAsync(
        SignedIn me, ServerAddress server, string email, string name, AccessScope scope, DateTimeOffset expiresAt, string path,
        CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(email, out var address))
        {
            throw new ArgumentException("Not an address.", nameof(email));
        }

        var id = AccessKeyId.New();
        using var file = new AccessKeyFile(
            server with { Key = me.Connection.ServerKey }, address, me.Account, id, scope, SecretBytes.Random(FileKeySchedule.KeyLength));
        var box = AccessRing.Seal(me.Ring, scope, file.Secret, new SigningCertificate(me.Account, id, [], expiresAt));
        file.Create(path);
        try
        {
            await me.Connection.DoAsync(
                HttpMethod.Put, Routes.AccessKeys, new NewAccessKeyRequest(id, name, scope, file.PublicKey(), box, expiresAt),
                ProtocolJson.Default.NewAccessKeyRequest, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            File.Delete(path); // a key that was listed all the same opens nothing without it
            throw;
        }

        return new AccessKeyEntry(id, name, scope, DateTimeOffset.UtcNow, expiresAt, null, null);
    }

    internal static async Task<IReadOnlyList<AccessKeyEntry>> ListAsync(VaultConnection connection, CancellationToken cancellationToken)
    {
        var reply = await connection.GetAsync(Routes.AccessKeys, ProtocolJson.Default.AccessKeysReply, cancellationToken).ConfigureAwait(false);
        return [.. reply.Keys.Select(key => key with
        {
            Name = ServerText.Printable(key.Name),
            LastAddress = key.LastAddress is { } address ? ServerText.Printable(address) : null,
        })];
    }

    /// <summary>What the holder of a key's file gets: the keys of its scope, if the server's account is the file's.</summary>
    internal static async Task<(AccessReply Reply, KeyRing Ring)> OpenAsync(
        VaultConnection connection, AccessKeyFile file, CancellationToken cancellationToken)
    {
        AccessReply reply;
        try
        {
            reply = await connection.GetAsync(Routes.Access, ProtocolJson.Default.AccessReply, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.NotAuthenticated)
        {
            throw new VaultException(
                VaultErrorCode.NotAuthenticated, "The server does not know this access key: it has expired, was removed, or ended with a reset or with new keys.",
                "Make another one with New-VaultAccessKey.", error);
        }

        var ring = reply.Account == file.Account && reply.Key == file.Id && reply.Scope == file.Scope && reply.Email == file.Email.Value
            ? AccessRing.TryOpen(reply.SealedKeys, file.Secret, file.Scope, file.Account, file.Id)
            : null;
        if (ring is null)
        {
            throw VaultException.Forged("The keys that the server sent are not those that were stored for this access key.");
        }

        if (ring.Owns(reply.Profile, file.Email, connection.ServerKey))
        {
            return (reply, ring);
        }

        ring.Dispose();
        throw VaultException.Forged("The server publishes a profile for this account that is not its own.");
    }
}
