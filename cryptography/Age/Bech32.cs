using System.Security.Cryptography;

namespace Vault.Cryptography.Age;

/// <summary>
/// Text for keys, <see href="https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki">BIP 173</see> without its
/// limit of 90 characters: hrp ‖ '1' ‖ data in groups of 5 bits ‖ checksum of 6 characters.
/// </summary>
/// <remarks>
/// Case is the human-readable part's: <c>age</c> writes and reads lower case only, <c>AGE-SECRET-KEY-</c> upper case
/// only. No scratch memory is used, so that secrets leave no copy behind.
/// </remarks>
public static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;
    private const int FixedLength = 1 + ChecksumLength;

    private static ReadOnlySpan<uint> Generator => [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

    /// <summary>Number of characters that <paramref name="dataLength"/> bytes take.</summary>
    public static int EncodedLength(int humanReadablePartLength, int dataLength) =>
        checked(humanReadablePartLength + FixedLength + ((dataLength * 8) + 4) / 5);

    /// <summary>
    /// The text of public <paramref name="data"/>; use <see cref="Encode(Span{char}, string, ReadOnlySpan{byte})"/> for
    /// secrets.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The human-readable part is empty, mixes cases or is not printable ASCII.
    /// </exception>
    public static string Encode(string humanReadablePart, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(humanReadablePart);
        var text = new char[EncodedLength(humanReadablePart.Length, data.Length)];
        Encode(text, humanReadablePart, data);
        return new string(text);
    }

    /// <summary>Writes the text of <paramref name="data"/> over the whole of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">
    /// The human-readable part is empty, mixes cases or is not printable ASCII, or <paramref name="destination"/> is
    /// not <see cref="EncodedLength"/> characters long.
    /// </exception>
    public static void Encode(Span<char> destination, string humanReadablePart, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(humanReadablePart);
        if (!TryGetCase(humanReadablePart, out var upper))
        {
            throw new ArgumentException("Not a human-readable part of BIP 173.", nameof(humanReadablePart));
        }

        if (destination.Length != EncodedLength(humanReadablePart.Length, data.Length))
        {
            throw new ArgumentException("The destination has another length than the text.", nameof(destination));
        }

        humanReadablePart.CopyTo(destination);
        var position = humanReadablePart.Length;
        destination[position++] = '1';
        var checksum = Start(humanReadablePart);
        uint bits = 0;
        var count = 0;
        foreach (var value in data)
        {
            bits = ((bits << 8) | value) & 0xfff;
            for (count += 8; count >= 5; count -= 5)
            {
                Put(destination, ref position, ref checksum, (bits >> (count - 5)) & 31, upper);
            }
        }

        if (count > 0)
        {
            Put(destination, ref position, ref checksum, (bits << (5 - count)) & 31, upper);
        }

        for (var i = 0; i < ChecksumLength; i++)
        {
            checksum = Step(checksum, 0);
        }

        checksum ^= 1;
        for (var i = 0; i < ChecksumLength; i++)
        {
            destination[position++] = Letter((checksum >> (5 * (5 - i))) & 31, upper);
        }
    }

    /// <summary>
    /// Reads <paramref name="text"/> over the whole of <paramref name="data"/>, whose length the key kind fixes.
    /// </summary>
    /// <returns>
    /// Whether the human-readable part is the expected one in the expected case, length and checksum are right and the
    /// padding bits are zero; if not, <paramref name="data"/> is all zero.
    /// </returns>
    /// <exception cref="ArgumentException">The expected human-readable part is not one of BIP 173.</exception>
    public static bool TryDecode(Span<byte> data, ReadOnlySpan<char> text, string humanReadablePart)
    {
        ArgumentNullException.ThrowIfNull(humanReadablePart);
        if (!TryGetCase(humanReadablePart, out var upper))
        {
            throw new ArgumentException("Not a human-readable part of BIP 173.", nameof(humanReadablePart));
        }

        data.Clear();
        var read = text.Length == EncodedLength(humanReadablePart.Length, data.Length)
            && text.StartsWith(humanReadablePart, StringComparison.Ordinal)
            && text[humanReadablePart.Length] == '1'
            && TryReadGroups(data, text[(humanReadablePart.Length + 1)..], Start(humanReadablePart), upper);
        if (!read)
        {
            CryptographicOperations.ZeroMemory(data);
        }

        return read;
    }

    private static bool TryReadGroups(Span<byte> data, ReadOnlySpan<char> groups, uint checksum, bool upper)
    {
        uint bits = 0;
        var count = 0;
        var written = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var letter = groups[i];
            if (upper ? char.IsAsciiLetterLower(letter) : char.IsAsciiLetterUpper(letter))
            {
                return false;
            }

            var group = Alphabet.IndexOf(char.ToLowerInvariant(letter), StringComparison.Ordinal);
            if (group < 0 || !char.IsAscii(letter))
            {
                return false;
            }

            checksum = Step(checksum, (uint)group);
            if (i >= groups.Length - ChecksumLength)
            {
                continue;
            }

            bits = ((bits << 5) | (uint)group) & 0xfff;
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                data[written++] = (byte)((bits >> count) & 0xff);
            }
        }

        return checksum == 1 && (bits & ((1u << count) - 1)) == 0;
    }

    private static bool TryGetCase(ReadOnlySpan<char> humanReadablePart, out bool upper)
    {
        upper = humanReadablePart.ContainsAnyInRange('A', 'Z');
        return humanReadablePart.Length > 0
            && !humanReadablePart.ContainsAnyExceptInRange('!', '~')
            && !(upper && humanReadablePart.ContainsAnyInRange('a', 'z'));
    }

    // The checksum is taken over the lower-case text whatever case is written.
    private static uint Start(ReadOnlySpan<char> humanReadablePart)
    {
        uint checksum = 1;
        foreach (var letter in humanReadablePart)
        {
            checksum = Step(checksum, (uint)char.ToLowerInvariant(letter) >> 5);
        }

        checksum = Step(checksum, 0);
        foreach (var letter in humanReadablePart)
        {
            checksum = Step(checksum, (uint)char.ToLowerInvariant(letter) & 31);
        }

        return checksum;
    }

    private static uint Step(uint checksum, uint group)
    {
        var top = checksum >> 25;
        checksum = ((checksum & 0x1ffffff) << 5) ^ group;
        for (var i = 0; i < Generator.Length; i++)
        {
            checksum ^= ((top >> i) & 1) == 1 ? Generator[i] : 0;
        }

        return checksum;
    }

    private static void Put(Span<char> destination, ref int position, ref uint checksum, uint group, bool upper)
    {
        checksum = Step(checksum, group);
        destination[position++] = Letter(group, upper);
    }

    private static char Letter(uint group, bool upper) =>
        upper ? char.ToUpperInvariant(Alphabet[(int)group]) : Alphabet[(int)group];
}
