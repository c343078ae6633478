using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Client.Keys;
using Vault.Client.Shares;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>One content to send: a file key, header and nonce of its own, never used for another.</summary>
internal sealed class NewContent : IDisposable
{
    private readonly SecretBytes _fileKey;
    private readonly byte[] _nonce;
    private readonly PayloadKey _payloadKey;

    private NewContent(SecretBytes fileKey, byte[] header, FileProtection protection, long length, PartLayout? layout)
    {
        _fileKey = fileKey;
        _nonce = RandomNumberGenerator.GetBytes(AgePayload.NonceLength);
        _payloadKey = new PayloadKey(fileKey, _nonce);
        Header = header;
        Protection = protection;
        Length = length;
        PayloadLength = AgePayload.PayloadLength(length);
        Layout = layout ?? LayoutOf(PayloadLength);
    }

    public UploadId Upload { get; } = UploadId.New();

    public byte[] Header { get; }

    public FileProtection Protection { get; }

    /// <summary>Plaintext length, in bytes.</summary>
    public long Length { get; }

    public long PayloadLength { get; }

    public PartLayout Layout { get; }

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

    /// <summary>Plaintext bytes in part <paramref name="index"/>.</summary>
    public int PlainLength(int index) =>
        (int)(Math.Min(Length, (index + 1L) * PlainPartSize) - (index * PlainPartSize));

    /// <summary>Plaintext bytes in every part but the last.</summary>
    public long PlainPartSize => Layout.PartSize / AgePayload.SealedChunkSize * (long)AgePayload.ChunkSize;

    /// <summary>Seals part <paramref name="index"/> into <paramref name="sealedPart"/>, which is as long as the layout says. Thread-safe.</summary>
    public void Seal(int index, ReadOnlySpan<byte> plain, Span<byte> sealedPart)
    {
        using var key = _payloadKey.Clone();
        var lastPart = index == Layout.PartCount - 1;
        var counter = (ulong)(index * (PlainPartSize / AgePayload.ChunkSize));
        if (index == 0)
        {
            _nonce.CopyTo(sealedPart);
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

    /// <summary>Seals the metadata and signs the manifest for one version of one file; done again if another send was first.</summary>
    public (CommitSendRequest Commit, Manifest Manifest) Sign(
        KeyRing ring, AccountId account, SendTarget target, FileMetadata metadata, byte[] partHashes)
    {
        using var metadataKey = FileKeySchedule.Derive(_fileKey, FileKeySchedule.Metadata);
        using var macKey = FileKeySchedule.Derive(_fileKey, FileKeySchedule.ManifestMac);
        var forOwner = OwnerMetadata.Seal(metadata, ring, account, target);
        var forReaders = metadata.SealForReaders(metadataKey, account, target);
        var manifest = new Manifest(
            account, target.File, target.Version, target.PreviousManifest, SHA256.HashData(forOwner), SHA256.HashData(forReaders),
            PayloadLength, Layout.PartSize, PartLayout.HashOfList(partHashes), FileKeySchedule.Commit(_fileKey));
        var signed = ring.Sign(manifest, macKey.Span);
        return (new CommitSendRequest(Upload, Header, partHashes, forOwner, forReaders, signed), manifest);
    }

    /// <summary>Gives this content to somebody.</summary>
    public ShareGrant Grant(KeyRing ring, Grant grant, PublishedProfile recipient) => Grants.Sign(ring, grant, _fileKey, recipient);

    public void Dispose()
    {
        _payloadKey.Dispose();
        _fileKey.Dispose();
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
