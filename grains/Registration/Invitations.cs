using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vault.Cryptography.Age;
using Vault.Grains.EventSourcing;
using Vault.Grains.SignIn;
using Vault.Storage;

namespace Vault.Grains.Registration;

/// <summary>Invitations, written <c>vaultinvite1…</c>: an end and a number, authenticated under a key that only silos have.</summary>
/// <remarks>
/// Nothing is stored when one is made, so that it can be made beside a running server and whatever the storage is. What is used is
/// stored: a blob named by the hash of the invitation, made only if there is none, which says for which address.
/// </remarks>
internal sealed class Invitations([FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, SiloKeys keys, StorageGuard guard)
{
    private const string HumanReadablePart = "vaultinvite", Label = "vault invitation";
    private const int NumberLength = 16, TagLength = 16, BodyLength = sizeof(long) + NumberLength;
    private const int MaxTagLength = 128;

    private static readonly BlobName Folder = BlobName.Create("invitations");

    /// <summary>A new one. The end (8 bytes, seconds since 1970, big-endian) ‖ random number (16) ‖ the first 16 bytes of HMAC-SHA256 over both.</summary>
    public static string New(SiloKeys keys, DateTimeOffset expiresAt)
    {
        Span<byte> bytes = stackalloc byte[BodyLength + TagLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, expiresAt.ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[sizeof(long)..BodyLength]);
        Authenticate(keys, bytes[..BodyLength]).AsSpan(0, TagLength).CopyTo(bytes[BodyLength..]);
        return Bech32.Encode(HumanReadablePart, bytes);
    }

    /// <summary>Uses an invitation up for an address. The same address may come again with it.</summary>
    /// <param name="addressTag">A keyed hash of the address.</param>
    /// <returns>False where it is none, has expired, or was used for another address.</returns>
    public async Task<bool> TryUseAsync(string text, string addressTag, DateTimeOffset now)
    {
        var bytes = new byte[BodyLength + TagLength];
        if (!Bech32.TryDecode(bytes, text.Trim(), HumanReadablePart)
            || !CryptographicOperations.FixedTimeEquals(Authenticate(keys, bytes.AsSpan(0, BodyLength)).AsSpan(0, TagLength), bytes.AsSpan(BodyLength))
            || BinaryPrimitives.ReadInt64BigEndian(bytes) <= now.ToUnixTimeSeconds())
        {
            return false;
        }

        var name = Folder.Append(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var tag = Encoding.ASCII.GetBytes(addressTag);
        return await guard.RunAsync(name.ToString(), cancellation => accounts.CreateAsync(name, tag, cancellation))
            || (await guard.RunAsync(name.ToString(), cancellation => accounts.ReadAsync(name, MaxTagLength, cancellation)))
                ?.AsSpan().SequenceEqual(tag) == true;
    }

    private static byte[] Authenticate(SiloKeys keys, ReadOnlySpan<byte> body)
    {
        using var key = keys.Derive(Label);
        return HMACSHA256.HashData(key.Span, body);
    }
}
