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
/// Whether one is good is seen from itself; what is used is stored: a blob named by the hash of the invitation, made only if there is
/// none, which says for which address. What an operator keeps of those that were made is the <see cref="InvitationBook"/>'s.
/// </remarks>
internal sealed class Invitations([FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, SiloKeys keys, StorageGuard guard)
{
    private const string HumanReadablePart = "vaultinvite", Label = "vault invitation";
    private const int NumberLength = 16, TagLength = 16, BodyLength = sizeof(long) + NumberLength;
    private const int MaxTagLength = 128;

    /// <summary>Those that were used, by their ids; written by silos alone.</summary>
    internal static readonly BlobName Used = BlobName.Create("invitations");

    /// <summary>Those that were made, and those that were revoked; written by the operator's command alone.</summary>
    internal static readonly BlobName Made = BlobName.Create("invited"), Revoked = BlobName.Create("uninvited");

    /// <summary>A new one. The end (8 bytes, seconds since 1970, big-endian) ‖ random number (16) ‖ the first 16 bytes of HMAC-SHA256 over both.</summary>
    public static string New(SiloKeys keys, DateTimeOffset expiresAt)
    {
        Span<byte> bytes = stackalloc byte[BodyLength + TagLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, expiresAt.ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[sizeof(long)..BodyLength]);
        Authenticate(keys, bytes[..BodyLength]).AsSpan(0, TagLength).CopyTo(bytes[BodyLength..]);
        return Bech32.Encode(HumanReadablePart, bytes);
    }

    /// <summary>What names an invitation and does not give it away: SHA-256 of its bytes.</summary>
    internal static string IdOf(string text)
    {
        var bytes = new byte[BodyLength + TagLength];
        return Bech32.TryDecode(bytes, text, HumanReadablePart)
            ? IdOf(bytes)
            : throw new ArgumentException("That is no invitation.", nameof(text));
    }

    /// <summary>Uses an invitation up for an address. The same address may come again with it.</summary>
    /// <param name="addressTag">A keyed hash of the address.</param>
    /// <returns>False where it is none, has expired, was revoked, or was used for another address.</returns>
    public async Task<bool> TryUseAsync(string text, string addressTag, DateTimeOffset now)
    {
        var bytes = new byte[BodyLength + TagLength];
        if (!Bech32.TryDecode(bytes, text.Trim(), HumanReadablePart)
            || !CryptographicOperations.FixedTimeEquals(Authenticate(keys, bytes.AsSpan(0, BodyLength)).AsSpan(0, TagLength), bytes.AsSpan(BodyLength))
            || BinaryPrimitives.ReadInt64BigEndian(bytes) <= now.ToUnixTimeSeconds())
        {
            return false;
        }

        var id = IdOf(bytes);
        var revoked = Revoked.Append(id);
        if (await guard.RunAsync(revoked.ToString(), cancellation => accounts.LengthAsync(revoked, cancellation)) is not null)
        {
            return false;
        }

        var name = Used.Append(id);
        var tag = Encoding.ASCII.GetBytes(addressTag);
        return await guard.RunAsync(name.ToString(), cancellation => accounts.CreateAsync(name, tag, cancellation))
            || (await guard.RunAsync(name.ToString(), cancellation => accounts.ReadAsync(name, MaxTagLength, cancellation)))
                ?.AsSpan().SequenceEqual(tag) == true;
    }

    private static string IdOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Authenticate(SiloKeys keys, ReadOnlySpan<byte> body)
    {
        using var key = keys.Derive(Label);
        return HMACSHA256.HashData(key.Span, body);
    }
}
