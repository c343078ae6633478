using System.Buffers;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// The textual header of an age file, <see href="https://c2sp.org/age#header">age, header</see>:
/// version line, one or more stanzas that each wrap the file key, and a MAC under the file key.
/// </summary>
public sealed class AgeHeader
{
    /// <summary>Length of a file key, in bytes.</summary>
    public const int FileKeyLength = FileKeyBox.FileKeyLength;

    /// <summary>Longest header that is read, in bytes: some 600 hybrid recipients.</summary>
    public const int MaxLength = 1 << 20;

    private const int MacLength = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _mac;
    private readonly byte[] _authenticated;

    private AgeHeader(IReadOnlyList<AgeStanza> stanzas, byte[] authenticated, byte[] mac)
    {
        Stanzas = stanzas;
        _authenticated = authenticated;
        _mac = mac;
    }

    internal static ReadOnlySpan<byte> VersionLine => "age-encryption.org/v1\n"u8;

    internal static ReadOnlySpan<byte> MacMark => "---"u8;

    internal IReadOnlyList<AgeStanza> Stanzas { get; }

    /// <summary>Writes a header that gives <paramref name="fileKey"/> to every recipient.</summary>
    /// <param name="fileKey">The file key, 16 bytes; still the caller's to dispose.</param>
    /// <param name="recipients">
    /// One or more of one kind; a passphrase stands alone. Blocks for scrypt where one is among them.
    /// </param>
    /// <returns>The header's bytes; the payload follows them directly.</returns>
    /// <exception cref="ArgumentException">
    /// A wrong key length, no recipients, or recipients that a header must not mix.
    /// </exception>
    /// <exception cref="CryptographyException">A recipient's key is not valid.</exception>
    public static byte[] Create(SecretBytes fileKey, params IReadOnlyList<AgeRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(fileKey);
        ArgumentNullException.ThrowIfNull(recipients);
        Require.Length(fileKey.Span, FileKeyLength, nameof(fileKey));
        RequireOneKind(recipients);
        var header = new ArrayBufferWriter<byte>();
        WriteStanzas(header, recipients.Select(recipient => recipient.Wrap(fileKey.Span)));
        Span<byte> mac = stackalloc byte[MacLength];
        ComputeMac(mac, header.WrittenSpan, fileKey.Span);
        WriteMac(header, mac);
        return header.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Takes the file key out of a whole header with the first identity that fits, and checks the header's MAC.
    /// </summary>
    /// <param name="header">Exactly the header, from the version line to the MAC's LF.</param>
    /// <param name="identities">
    /// Tried in order. Blocks for scrypt where the file has a passphrase and one is among them.
    /// </param>
    /// <returns>The file key, 16 bytes, which the caller disposes.</returns>
    /// <exception cref="AgeException">
    /// <see cref="AgeError.Header"/>, <see cref="AgeError.WorkFactor"/>, <see cref="AgeError.NoMatch"/> or
    /// <see cref="AgeError.HeaderMac"/>.
    /// </exception>
    public static SecretBytes Unwrap(ReadOnlySpan<byte> header, params IReadOnlyList<AgeIdentity> identities)
    {
        ArgumentNullException.ThrowIfNull(identities);
        return Parse(header).Unwrap(identities);
    }

    /// <summary>Writes a new header for other recipients over the same file key; the payload stays as it is.</summary>
    /// <exception cref="ArgumentException">As <see cref="Create"/>.</exception>
    /// <exception cref="CryptographyException">
    /// As <see cref="Unwrap(ReadOnlySpan{byte}, IReadOnlyList{AgeIdentity})"/> and <see cref="Create"/>.
    /// </exception>
    public static byte[] ReHead(
        ReadOnlySpan<byte> header, IReadOnlyList<AgeIdentity> identities, IReadOnlyList<AgeRecipient> recipients)
    {
        using var fileKey = Unwrap(header, identities);
        return Create(fileKey, recipients);
    }

    /// <summary>Whether this is a whole header with exactly one stanza, for one person's post-quantum key.</summary>
    public static bool IsForOneHybridRecipient(ReadOnlySpan<byte> header)
    {
        try
        {
            return Parse(header).Stanzas is [{ Type: HybridStanza.Type }];
        }
        catch (AgeException)
        {
            return false;
        }
    }

    /// <summary>The work factor of a whole header for a passphrase, as a power of two; null where it is none.</summary>
    public static int? WorkFactorOf(ReadOnlySpan<byte> header)
    {
        try
        {
            return Parse(header).Stanzas is [{ Type: ScryptStanza.Type } stanza] ? ScryptStanza.WorkFactorOf(stanza) : null;
        }
        catch (AgeException)
        {
            return null;
        }
    }

    /// <summary>Finds where the header ends in the first bytes of a file.</summary>
    /// <returns>Whether the end was among them; if not, call again with more bytes.</returns>
    /// <exception cref="AgeException">
    /// <see cref="AgeError.Header"/>: not an age file, or longer than <see cref="MaxLength"/>.
    /// </exception>
    public static bool TryMeasure(ReadOnlySpan<byte> start, out int length)
    {
        var lineStart = 0;
        return TryFindEnd(start, ref lineStart, out length);
    }

    /// <summary>Reads a whole header and refuses anything before, between or after its parts.</summary>
    /// <exception cref="AgeException"><see cref="AgeError.Header"/>.</exception>
    internal static AgeHeader Parse(ReadOnlySpan<byte> header)
    {
        var lines = new HeaderLines(header);
        if (header.Length > MaxLength || !lines.Next().SequenceEqual(VersionLine[..^1]))
        {
            throw new AgeException(AgeError.Header, "Not the header of an age v1 file.");
        }

        var stanzas = new List<AgeStanza>();
        while (true)
        {
            var lineStart = lines.Position;
            var line = lines.Next();
            if (line.StartsWith(AgeStanza.Mark))
            {
                stanzas.Add(AgeStanza.Parse(line, ref lines));
                continue;
            }

            // end = "--- " 43base64char LF; the MAC covers everything up to and including the mark.
            var mac = line.StartsWith("--- "u8) ? RawBase64.Decode(line[4..]) : null;
            if (mac?.Length != MacLength || stanzas.Count == 0 || !lines.IsAtEnd)
            {
                throw new AgeException(AgeError.Header, "The header has a malformed line, no stanza, or a tail.");
            }

            return new AgeHeader(stanzas, header[..(lineStart + MacMark.Length)].ToArray(), mac);
        }
    }

    /// <summary>The header as bytes, written anew from its parts.</summary>
    internal byte[] ToArray()
    {
        var header = new ArrayBufferWriter<byte>();
        WriteStanzas(header, Stanzas);
        WriteMac(header, _mac);
        return header.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Looks for the line that starts with the MAC's mark; <paramref name="lineStart"/> keeps what was already
    /// searched.
    /// </summary>
    internal static bool TryFindEnd(ReadOnlySpan<byte> start, ref int lineStart, out int length)
    {
        length = 0;
        var seen = Math.Min(start.Length, VersionLine.Length);
        if (!start[..seen].SequenceEqual(VersionLine[..seen]))
        {
            throw new AgeException(AgeError.Header, "Not an age v1 file.");
        }

        for (int end; (end = start[lineStart..].IndexOf((byte)'\n')) >= 0; lineStart += end + 1)
        {
            if (start.Slice(lineStart, end).StartsWith(MacMark))
            {
                length = lineStart + end + 1;
                break;
            }
        }

        if (length > MaxLength || (length == 0 && start.Length >= MaxLength))
        {
            throw new AgeException(AgeError.Header, $"The header is longer than {MaxLength} bytes.");
        }

        return length > 0;
    }

    private SecretBytes Unwrap(IReadOnlyList<AgeIdentity> identities)
    {
        // A passphrase next to another stanza would break what people expect of it: that the sender knew it too.
        if (Stanzas.Count > 1 && Stanzas.Any(stanza => stanza.Type == ScryptStanza.Type))
        {
            throw new AgeException(AgeError.Header, "A scrypt stanza stands beside another stanza.");
        }

        var fileKey = new SecretBytes(FileKeyLength);
        try
        {
            if (!identities.Any(identity => Stanzas.Any(stanza => identity.TryUnwrap(fileKey.Span, stanza))))
            {
                throw new AgeException(AgeError.NoMatch, "No identity or passphrase opens this file.");
            }

            Span<byte> mac = stackalloc byte[MacLength];
            ComputeMac(mac, _authenticated, fileKey.Span);
            return CryptographicOperations.FixedTimeEquals(mac, _mac)
                ? fileKey
                : throw new AgeException(AgeError.HeaderMac, "The header was changed: its MAC does not verify.");
        }
        catch
        {
            fileKey.Dispose();
            throw;
        }
    }

    private static void RequireOneKind(IReadOnlyList<AgeRecipient> recipients)
    {
        if (recipients.Count == 0)
        {
            throw new ArgumentException("A header needs a recipient.", nameof(recipients));
        }

        if (recipients.Count > 1 && recipients.Any(r => r is ScryptRecipient || r.GetType() != recipients[0].GetType()))
        {
            throw new ArgumentException(
                "A header holds recipients of one kind, and a passphrase only alone.", nameof(recipients));
        }
    }

    private static void WriteStanzas(ArrayBufferWriter<byte> header, IEnumerable<AgeStanza> stanzas)
    {
        header.Write(VersionLine);
        foreach (var stanza in stanzas)
        {
            stanza.WriteTo(header);
        }

        header.Write(MacMark);
    }

    private static void WriteMac(ArrayBufferWriter<byte> header, ReadOnlySpan<byte> mac)
    {
        header.Write(" "u8);
        header.Write(RawBase64.Encode(mac));
        header.Write("\n"u8);
    }

    // MAC = HMAC-SHA-256(key = HKDF-SHA-256(ikm = file key, salt = empty, info = "header"), header up to "---")
    private static void ComputeMac(Span<byte> mac, ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> fileKey)
    {
        Span<byte> key = stackalloc byte[MacLength];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, key, [], "header"u8);
            HMACSHA256.HashData(key, authenticated, mac);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
