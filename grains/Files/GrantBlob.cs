using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <summary>Signed grants with their headers, those of one command in one blob: JSON of each, one behind the other.</summary>
/// <remarks>Beside the stream, so that a file with a thousand recipients is replayed quickly; the events have the hashes. The
/// name is the content's, so that nothing is ever written over.</remarks>
internal sealed record GrantBlob(string Hash, byte[] Content, IReadOnlyList<StoredGrant> Grants)
{
    /// <summary>How much of a blob <see cref="FileOf"/> has to be given, at most.</summary>
    public const int MaxFirstLength = 8 * 1024;

    private const string Extension = ".grants";

    /// <summary>Lays out grants that were checked.</summary>
    public static GrantBlob Of(IReadOnlyList<ReadGrant> grants)
    {
        using var content = new MemoryStream();
        var stored = new StoredGrant[grants.Count];
        for (var i = 0; i < stored.Length; i++)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(grants[i].Signed, ProtocolJson.Default.ShareGrant);
            var grant = grants[i].Grant;
            stored[i] = new StoredGrant(
                grant.Recipient, grant.Number, grant.RecipientProfile, grant.ExpiresAt, (int)content.Length, json.Length,
                SHA256.HashData(json));
            content.Write(json);
        }

        var bytes = content.ToArray();
        return new GrantBlob(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes, stored);
    }

    /// <summary>Where the owner's grants with this hash lie: <c>{owner}/{hash}.grants</c>.</summary>
    public static BlobName NameOf(AccountId owner, string hash) => BlobName.Create(owner.ToString(), hash + Extension);

    /// <summary>Reads what <see cref="NameOf"/> writes; false where it is of something else.</summary>
    public static bool TryReadHash(BlobName name, [NotNullWhen(true)] out string? hash)
    {
        var last = name.Segments[^1];
        hash = last.EndsWith(Extension, StringComparison.Ordinal) ? last[..^Extension.Length] : null;
        return hash is not null;
    }

    /// <summary>A piece of a blob, which has it; null where there is no such blob.</summary>
    public static async Task<byte[]?> ReadAsync(IBlobStore content, BlobName name, long offset, int length, CancellationToken cancellationToken)
    {
        await using var stream = await content.OpenReadAsync(name, offset, length, cancellationToken);
        if (stream is null)
        {
            return null;
        }

        var buffer = new byte[length];
        await stream.ReadExactlyAsync(buffer, cancellationToken);
        return buffer;
    }

    /// <summary>The file that stored grants are of, which the first of them says; null where the bytes are no grants.</summary>
    public static FileId? FileOf(ReadOnlySpan<byte> beginning)
    {
        try
        {
            var reader = new Utf8JsonReader(beginning, new JsonReaderOptions { AllowMultipleValues = true });
            return JsonSerializer.Deserialize(ref reader, ProtocolJson.Default.ShareGrant) is { Grant.Bytes: { } bytes }
                ? ProtocolJson.TryRead(bytes, ProtocolJson.Default.Grant)?.File
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The grant that an event names, or null where the bytes are not those that were stored.</summary>
    public static ShareGrant? Read(StoredGrant stored, ReadOnlySpan<byte> json) =>
        SHA256.HashData(json).AsSpan().SequenceEqual(stored.Hash)
            ? ProtocolJson.TryRead(json, ProtocolJson.Default.ShareGrant)
            : null;
}
