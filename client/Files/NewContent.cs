using System.Buffers.Binary;
using System.Security.Cryptography;
using Vault.Client.Keys;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>One content to send: a file key, header and nonce of its own, never used for another.</summary>
internal sealed class NewContent : KeyedContent
{
    private const byte SavedVersion = 1;
    private const int SavedLength = 30 + AgeHeader.FileKeyLength + AgePayload.NonceLength;

    private readonly byte[] _nonce;
    private readonly PayloadKey _payloadKey;

    private NewContent(SecretBytes fileKey, byte[] header, FileProtection protection, long length, PartLayout? layout)
        : this(UploadId.New(), fileKey, RandomNumberGenerator.GetBytes(AgePayload.NonceLength), header, protection, length, layout)
    {
    }

    private NewContent(
        UploadId upload, SecretBytes fileKey, byte[] nonce, byte[] header, FileProtection protection, long length, PartLayout? layout)
        : base(upload, fileKey, header, protection, length, layout ?? LayoutOf(AgePayload.PayloadLength(length)))
    {
        _nonce = nonce;
        _payloadKey = new PayloadKey(fileKey, _nonce);
    }

    /// <summary>Makes the file key and its header; with a password this runs scrypt, on a thread of its own.</summary>
    /// <param name="layout">The parts; null for the usual.</param>
    public static async Task<NewContent> CreateAsync(
        KeyRing ring, SendOptions options, long length, CancellationToken cancellationToken, PartLayout? layout = null)
    {
        var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        try
        {
            if (options.Password is null)
            {
                return new NewContent(fileKey, AgeHeader.Create(fileKey, ring.Recipient), FileProtection.Key, length, layout);
            }

            var header = await PasswordWork.RunAsync(
                () =>
                {
                    using var recipient = new ScryptRecipient(options.Password.Span, options.WorkFactor);
                    return AgeHeader.Create(fileKey, recipient);
                },
                cancellationToken).ConfigureAwait(false);
            return new NewContent(fileKey, header, FileProtection.Password, length, layout);
        }
        catch
        {
            fileKey.Dispose();
            throw;
        }
    }

    /// <summary>Everything that makes this content, secrets included: what a journal keeps, sealed. The caller disposes it.</summary>
    /// <remarks>version (1) ‖ protection (1) ‖ upload (16) ‖ length (8) ‖ part size (4) ‖ file key (16) ‖ nonce (16) ‖ header</remarks>
    public SecretBytes Save()
    {
        var saved = new SecretBytes(SavedLength + Header.Length);
        saved.Span[0] = SavedVersion;
        saved.Span[1] = (byte)Protection;
        VaultId.ToBytes(Upload).CopyTo(saved.Span[2..]);
        BinaryPrimitives.WriteInt64BigEndian(saved.Span[18..], Length);
        BinaryPrimitives.WriteInt32BigEndian(saved.Span[26..], Layout.PartSize);
        FileKey.Span.CopyTo(saved.Span[30..]);
        _nonce.CopyTo(saved.Span[(30 + AgeHeader.FileKeyLength)..]);
        Header.CopyTo(saved.Span[SavedLength..]);
        return saved;
    }

    /// <summary>What <see cref="Save"/> wrote; null where it is of another version.</summary>
    public static NewContent? TryRestore(ReadOnlySpan<byte> saved)
    {
        if (saved.Length <= SavedLength || saved[0] != SavedVersion || !Enum.IsDefined((FileProtection)saved[1])
            || !VaultId.TryRead<UploadId>(saved.Slice(2, VaultId.ByteLength), out var upload))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt64BigEndian(saved[18..]);
        return length >= 0
            && PartLayout.TryCreate(AgePayload.PayloadLength(length), BinaryPrimitives.ReadInt32BigEndian(saved[26..]), out var layout)
                ? new NewContent(
                    upload, new SecretBytes(saved.Slice(30, AgeHeader.FileKeyLength)),
                    saved.Slice(30 + AgeHeader.FileKeyLength, AgePayload.NonceLength).ToArray(), saved[SavedLength..].ToArray(),
                    (FileProtection)saved[1], length, layout)
                : null;
    }

    /// <summary>Whether the person wants what this content is protected by: the own key, or the very same password with the same work.</summary>
    public async Task<bool> IsAsAskedAsync(SendOptions options, CancellationToken cancellationToken)
    {
        if (options.Password is not { } password || Protection != FileProtection.Password)
        {
            return options.Password is null && Protection == FileProtection.Key;
        }

        if (AgeHeader.WorkFactorOf(Header) != options.WorkFactor)
        {
            return false;
        }

        try
        {
            using var opened = await PasswordWork.RunAsync(
                () =>
                {
                    using var identity = new ScryptIdentity(password.Span);
                    return AgeHeader.Unwrap(Header, identity);
                },
                cancellationToken).ConfigureAwait(false);
            return CryptographicOperations.FixedTimeEquals(opened.Span, FileKey.Span);
        }
        catch (AgeException)
        {
            return false; // another password
        }
    }

    /// <summary>Plaintext bytes in part <paramref name="index"/>.</summary>
    public int PlainLength(int index) =>
        (int)(Math.Min(Length, (index + 1L) * PlainPartSize) - (index * PlainPartSize));

    /// <summary>Plaintext bytes in every part but the last.</summary>
    public long PlainPartSize => Layout.PartSize / AgePayload.SealedChunkSize * (long)AgePayload.ChunkSize;

    /// <summary>Seals part <paramref name="index"/> into <paramref name="sealedPart"/>, which is as long as the layout says. Thread-safe.</summary>
    public void Seal(int index, ReadOnlySpan<byte> plain, Span<byte> sealedPart)
    {
        using var key = _payloadKey.Clone();
        Seal(key, _nonce, Layout, index, plain, sealedPart);
    }

    /// <summary>Seals a part of a payload whose key and nonce are known; always to the same bytes.</summary>
    internal static void Seal(
        PayloadKey key, ReadOnlySpan<byte> payloadNonce, PartLayout layout, int index, ReadOnlySpan<byte> plain, Span<byte> sealedPart)
    {
        var lastPart = index == layout.PartCount - 1;
        var counter = (ulong)index * (ulong)(layout.PartSize / AgePayload.SealedChunkSize);
        if (index == 0)
        {
            payloadNonce.CopyTo(sealedPart);
            sealedPart = sealedPart[AgePayload.NonceLength..];
        }

        do
        {
            var chunk = plain[..Math.Min(plain.Length, AgePayload.ChunkSize)];
            plain = plain[chunk.Length..];
            key.SealChunk(sealedPart[..(chunk.Length + AgePayload.Overhead)], chunk, counter++, lastPart && plain.IsEmpty);
            sealedPart = sealedPart[(chunk.Length + AgePayload.Overhead)..];
        }
        while (!plain.IsEmpty);
    }

    public ReserveSendRequest Reserve(FileId file, byte[] nameTag) =>
        new(Upload, file, nameTag, Header.Length, PayloadLength, Layout.PartSize);

    /// <inheritdoc cref="KeyedContent.Sign" />
    public (CommitSendRequest Commit, Manifest Manifest) Sign(
        KeyRing ring, AccountId account, SendTarget target, FileMetadata metadata, byte[] partHashes) =>
        Sign(ring, account, target, metadata, PartLayout.HashOfList(partHashes), partHashes);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _payloadKey.Dispose();
        base.Dispose(disposing);
    }

    // Larger parts only where there would be too many of the usual size.
    private static PartLayout LayoutOf(long payloadLength)
    {
        for (var size = PartLayout.DefaultPartSize; size <= PartLayout.MaxPartSize; size *= 2)
        {
            if (PartLayout.TryCreate(payloadLength, size, out var layout))
            {
                return layout;
            }
        }

        throw new VaultException(VaultErrorCode.InvalidRequest, "The file is longer than the vault can keep (about 1.6 TB).");
    }
}
