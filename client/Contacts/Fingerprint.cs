using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vault.Client.Contacts;

/// <summary>
/// The short authentication string of two people: 12 groups of 5 digits, about 199 bits, from SHA-512 over
/// <c>"Vault/1 fingerprint" ‖ 0 ‖ both profiles' SHA-256, the lower first</c>. The order makes both sides see the same.
/// </summary>
internal static class Fingerprint
{
    private const int Groups = 12;
    private const int BytesPerGroup = 5;
    private const int DigitsPerGroup = 5;

    internal static string Of(ReadOnlySpan<byte> profile, ReadOnlySpan<byte> other)
    {
        var inOrder = profile.SequenceCompareTo(other) <= 0;
        byte[] message = [
            .. Encoding.ASCII.GetBytes("Vault/1 fingerprint"), 0, .. inOrder ? profile : other, .. inOrder ? other : profile];
        var hash = SHA512.HashData(message);
        var text = new StringBuilder();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (var group = 0; group < Groups; group++)
        {
            number.Clear();
            hash.AsSpan(group * BytesPerGroup, BytesPerGroup).CopyTo(number[(sizeof(ulong) - BytesPerGroup)..]);
            text.Append(group == 0 ? "" : " ").Append((BinaryPrimitives.ReadUInt64BigEndian(number) % 100_000).ToString("D5", null));
        }

        return text.ToString();
    }

    /// <summary>Whether what a person typed is this fingerprint; spaces and dashes do not matter.</summary>
    internal static bool Matches(string fingerprint, string typed)
    {
        var digits = string.Concat(typed.Where(c => !char.IsWhiteSpace(c) && c != '-'));
        return digits.Length == Groups * DigitsPerGroup && digits == fingerprint.Replace(" ", "", StringComparison.Ordinal);
    }
}
