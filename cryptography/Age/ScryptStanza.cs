using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// The passphrase recipient type, <see href="https://c2sp.org/age#the-scrypt-recipient-type">age, the scrypt recipient
/// type</see>; alone in its header.
/// </summary>
internal static class ScryptStanza
{
    internal const string Type = "scrypt";

    /// <summary>What the scrypt primitive can take; 2^30 asks for a tebibyte.</summary>
    internal const int MaxLogN = 30;

    private const int SaltLength = 16;
    private const int ArgumentCount = 2;
    private const uint BlockSize = 8; // r
    private const uint Parallelism = 1; // p

    private static ReadOnlySpan<byte> Label => "age-encryption.org/v1/scrypt"u8;

    /// <summary>-> scrypt base64(salt) log2(N), body = ChaCha20-Poly1305(wrap key, file key).</summary>
    internal static AgeStanza Wrap(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> passphrase, int logN)
    {
        Span<byte> salt = stackalloc byte[SaltLength];
        Span<byte> wrapKey = stackalloc byte[FileKeyBox.WrapKeyLength];
        try
        {
            RandomNumberGenerator.Fill(salt);
            DeriveWrapKey(wrapKey, passphrase, salt, logN);
            return new AgeStanza(
                Type,
                [Encoding.ASCII.GetString(RawBase64.Encode(salt)), logN.ToString(CultureInfo.InvariantCulture)],
                FileKeyBox.Seal(fileKey, wrapKey));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    internal static bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza, ReadOnlySpan<byte> passphrase, int maxLogN)
    {
        if (stanza.Type != Type)
        {
            return false;
        }

        stanza.RequireShape(ArgumentCount);
        var salt = stanza.DecodeArgument(0, SaltLength);
        var logN = ParseWorkFactor(stanza.Arguments[1], maxLogN);
        Span<byte> wrapKey = stackalloc byte[FileKeyBox.WrapKeyLength];
        try
        {
            DeriveWrapKey(wrapKey, passphrase, salt, logN);
            return FileKeyBox.TryOpen(fileKey, stanza.Body, wrapKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    internal static int WorkFactorOf(AgeStanza stanza)
    {
        stanza.RequireShape(ArgumentCount);
        return ParseWorkFactor(stanza.Arguments[1], MaxLogN);
    }

    // ^[1-9][0-9]*$, then the ceiling: a file decides how much memory its reader takes, so it is checked before any
    // work.
    private static int ParseWorkFactor(string text, int maxLogN)
    {
        if (text[0] == '0' || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw new AgeException(AgeError.Header, "The work factor of a scrypt stanza is not a decimal number.");
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var logN) && logN <= maxLogN
            ? logN
            : throw new AgeException(AgeError.WorkFactor, $"The scrypt work factor is above 2^{maxLogN}.");
    }

    // wrap key = scrypt(N = work factor, r = 8, p = 1, dkLen = 32, S = label ‖ salt, P = passphrase)
    private static void DeriveWrapKey(
        Span<byte> wrapKey, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int logN)
    {
        Span<byte> labeledSalt = stackalloc byte[Label.Length + SaltLength];
        Label.CopyTo(labeledSalt);
        salt.CopyTo(labeledSalt[Label.Length..]);
        Scrypt.DeriveKey(wrapKey, passphrase, labeledSalt, logN, BlockSize, Parallelism);
    }
}

/// <summary>
/// A passphrase to write a header for. Writing blocks for the scrypt computation (about 0.7 s at 2^18).
/// </summary>
public sealed class ScryptRecipient : AgeRecipient, IDisposable
{
    /// <summary>The work factor the <c>age</c> tool uses: 2^18, 256 MiB.</summary>
    public const int DefaultLogN = 18;

    private readonly SecretBytes _passphrase;
    private readonly int _logN;

    /// <summary>Takes a copy of the passphrase's bytes (UTF-8 for text); the caller zeroes its own.</summary>
    /// <param name="passphrase">The passphrase, not empty.</param>
    /// <param name="logN">Base-2 logarithm of the work factor, 1 to 30; each step doubles time and memory.</param>
    /// <exception cref="ArgumentException">
    /// The passphrase is empty or <paramref name="logN"/> is out of range.
    /// </exception>
    public ScryptRecipient(ReadOnlySpan<byte> passphrase, int logN = DefaultLogN)
    {
        RequirePassphrase(passphrase);
        RequireWorkFactor(logN);
        _passphrase = new SecretBytes(passphrase);
        _logN = logN;
    }

    /// <summary>Zeroes the passphrase. Safe to call twice.</summary>
    public void Dispose() => _passphrase.Dispose();

    internal static void RequirePassphrase(ReadOnlySpan<byte> passphrase)
    {
        if (passphrase.IsEmpty)
        {
            throw new ArgumentException("The passphrase is empty.", nameof(passphrase));
        }
    }

    internal static void RequireWorkFactor(int logN)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(logN, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logN, ScryptStanza.MaxLogN);
    }

    internal override AgeStanza Wrap(ReadOnlySpan<byte> fileKey) => ScryptStanza.Wrap(fileKey, _passphrase.Span, _logN);
}

/// <summary>
/// A passphrase to open a header with. Opening blocks for the scrypt computation that the file asks for.
/// </summary>
public sealed class ScryptIdentity : AgeIdentity
{
    /// <summary>The ceiling unless the person lifts it: 2^20, 1 GiB.</summary>
    public const int DefaultMaxLogN = 20;

    private readonly SecretBytes _passphrase;
    private readonly int _maxLogN;

    /// <summary>Takes a copy of the passphrase's bytes (UTF-8 for text); the caller zeroes its own.</summary>
    /// <param name="passphrase">The passphrase, not empty.</param>
    /// <param name="maxLogN">Base-2 logarithm of the highest work factor accepted, 1 to 30.</param>
    /// <exception cref="ArgumentException">
    /// The passphrase is empty or <paramref name="maxLogN"/> is out of range.
    /// </exception>
    public ScryptIdentity(ReadOnlySpan<byte> passphrase, int maxLogN = DefaultMaxLogN)
    {
        ScryptRecipient.RequirePassphrase(passphrase);
        ScryptRecipient.RequireWorkFactor(maxLogN);
        _passphrase = new SecretBytes(passphrase);
        _maxLogN = maxLogN;
    }

    internal override bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza) =>
        ScryptStanza.TryUnwrap(fileKey, stanza, _passphrase.Span, _maxLogN);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _passphrase.Dispose();
}
