using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vault.Tests.Support;

/// <summary>A person's authenticator app: TOTP (RFC 6238) with SHA-1, 6 digits and 30 s, written for the tests alone.</summary>
public sealed class Authenticator(byte[] secret)
{
    private const string Base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Scans what a vault shows: <c>otpauth://totp/…?secret=…</c>.</summary>
    public static Authenticator Scan(string uri)
    {
        var text = uri.Split("secret=")[1].Split('&')[0];
        var bits = string.Concat(text.Select(c => Convert.ToString(Base32Alphabet.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return new Authenticator([.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))]);
    }

    /// <summary>What it shows at a time.</summary>
    /// <param name="time">The time.</param>
    /// <param name="later">How many steps of 30 s later.</param>
    public string Show(DateTimeOffset time, int later = 0)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, (time.ToUnixTimeSeconds() / 30) + later);
#pragma warning disable CA5350 // RFC 6238 has it so, and authenticators know nothing else
        var hash = HMACSHA1.HashData(secret, counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", null);
    }
}
