using Vault.Client.Files;
using Vault.Cryptography.Age;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>A file in the vault at one version.</summary>
/// <param name="Id">The file, all versions together.</param>
/// <param name="Name">Path in the vault.</param>
/// <param name="Version">1 for the first.</param>
/// <param name="Length">Plaintext length, in bytes.</param>
/// <param name="StoredAt">When the server stored this version.</param>
/// <param name="ModifiedAt">Last write time of the source.</param>
/// <param name="Protection">What opens it.</param>
/// <param name="StoredLength">What it takes of the quota, in bytes.</param>
/// <param name="Sha256">Of the plaintext, 64 hexadecimal digits.</param>
public sealed record VaultFile(
    FileId Id, string Name, int Version, long Length, DateTimeOffset StoredAt, DateTimeOffset ModifiedAt,
    FileProtection Protection, long StoredLength, string Sha256)
{
    /// <summary>Who gave it; null for a file of one's own. A received file needs no password, whatever <see cref="Protection"/> says.</summary>
    public VaultFileOwner? Owner { get; init; }

    /// <summary>
    /// Whether this account has the keys to name it. If not, keys were lost in a reset: <see cref="Name"/> is made up, and a file with
    /// a password of its own gets its name back when it is received.
    /// </summary>
    public bool IsReadable { get; init; } = true;

    /// <summary>When it went to the trash; null for a file that is not there.</summary>
    public DateTimeOffset? TrashedAt { get; init; }

    /// <summary>After a send of a shared file: those who had the version before and do not have this one.</summary>
    public IReadOnlyList<LostShare> Lost { get; init; } = [];

    /// <summary>A file whose name lost keys sealed.</summary>
    internal static VaultFile Unnamed(FileEntry entry)
    {
        var isPassword = entry.HeaderLength < MinKeyHeaderLength;
        var payload = entry.StoredLength - entry.HeaderLength;
        return new VaultFile(
            entry.File, $"unnamed/{entry.File}", entry.Version, LengthOf(payload),
            entry.StoredAt, entry.StoredAt, isPassword ? FileProtection.Password : FileProtection.Key, entry.StoredLength, "")
        {
            IsReadable = false,
        };
    }

    private static long LengthOf(long payload) => AgePayload.TryPlaintextLength(payload, out var length)
        ? length
        : throw VaultException.Forged("The server's list has a file that cannot be that long.");

    // A shorter header is for a password: one for a key has a stanza of ML-KEM, which alone is longer.
    private const int MinKeyHeaderLength = 1024;

    internal static VaultFile From(FileId file, int version, FileMetadata metadata, DateTimeOffset storedAt, long storedLength) => new(
        file, metadata.Name, version, metadata.Size, storedAt, metadata.ModifiedAt, metadata.Protection, storedLength,
        Convert.ToHexStringLower(metadata.Sha256));
}

/// <summary>How far a transfer is.</summary>
/// <param name="Name">The file's name in the vault.</param>
/// <param name="Bytes">Plaintext moved so far, in bytes.</param>
/// <param name="TotalBytes">Plaintext in all, in bytes.</param>
public sealed record TransferProgress(string Name, long Bytes, long TotalBytes);

/// <summary>How to send.</summary>
public sealed record SendOptions
{
    /// <summary>Encrypt under this password (UTF-8) and not to the own key. Stays the caller's to dispose.</summary>
    public Cryptography.Primitives.SecretBytes? Password { get; init; }

    /// <summary>The least <see cref="WorkFactor"/>: fast, and no more than that; and the highest, which receivers still compute.</summary>
    public const int MinWorkFactor = 12, MaxWorkFactor = ScryptIdentity.DefaultMaxLogN;

    /// <summary>scrypt's work factor for <see cref="Password"/>, as a power of two: 12 to 20, 18 as stock age; takes 2^(n-10) MiB. Each less
    /// halves what a guess at the password costs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another one.</exception>
    public int WorkFactor
    {
        get;
        init => field = value is >= MinWorkFactor and <= MaxWorkFactor
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"The work factor is {MinWorkFactor} to {MaxWorkFactor}.");
    } = ScryptRecipient.DefaultLogN;

    /// <summary>Pass over files that are in the vault already with the same length and last write time; for many files at once.</summary>
    public bool SkipUnchanged { get; init; }

    /// <summary>Parts under way at once, of all files of a command together: 1 to <see cref="TransferLimits.MaxThrottle"/>. Each takes twice its
    /// size in memory, 8 MiB as a rule.</summary>
    public int ThrottleLimit { get; init; } = TransferLimits.DefaultThrottle;
}

/// <summary>How to copy.</summary>
public sealed record CopyOptions
{
    /// <summary>The file's password (UTF-8), for one that has one; the copy has the same. Stays the caller's to dispose.</summary>
    public Cryptography.Primitives.SecretBytes? Password { get; init; }

    /// <summary>Where the name is in use, make the copy that file's next version.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>How to receive.</summary>
public sealed record ReceiveOptions
{
    /// <summary>The file's password (UTF-8), for one that has one. Stays the caller's to dispose.</summary>
    public Cryptography.Primitives.SecretBytes? Password { get; init; }

    /// <summary>Replace a file that is there already.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Pass over targets that are there already with the file's length and time; for many files at once.</summary>
    public bool SkipUnchanged { get; init; }

    /// <summary>Write only these bytes of the file; null for all.</summary>
    public ByteRange? Range { get; init; }

    /// <inheritdoc cref="SendOptions.ThrottleLimit"/>
    public int ThrottleLimit { get; init; } = TransferLimits.DefaultThrottle;
}

/// <summary>What transfers take at most.</summary>
public static class TransferLimits
{
    /// <summary>Parts under way at once unless told otherwise, and the most that may be asked for.</summary>
    public const int DefaultThrottle = 4, MaxThrottle = 64;

    internal static SemaphoreSlim Slots(int throttle) => throttle is >= 1 and <= MaxThrottle
        ? new SemaphoreSlim(throttle)
        : throw new ArgumentOutOfRangeException(nameof(throttle), throttle, $"1 to {MaxThrottle} parts can be under way at once.");
}
