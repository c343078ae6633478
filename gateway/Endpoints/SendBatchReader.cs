using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>One item of a batch with its content, header ‖ payload, as it will be stored.</summary>
internal sealed record ReceivedItem(SendBatchItem Item, byte[] Content);

/// <summary>Takes the frames of a <see cref="SendBatch"/> apart; every length is checked before it is used.</summary>
internal static class SendBatchReader
{
    private const int LengthLength = 4;

    internal static async Task<List<ReceivedItem>> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        var items = new List<ReceivedItem>();
        var total = 0L;
        while (await TryReadExactlyAsync(body, LengthLength, cancellationToken) is { } prefix)
        {
            var jsonLength = BinaryPrimitives.ReadUInt32BigEndian(prefix);
            if (items.Count == SendBatch.MaxItems || jsonLength > SendBatch.MaxItemJsonLength)
            {
                throw RefusedException.Invalid("The batch has too many items, or one whose description is too long.");
            }

            var json = await ReadExactlyAsync(body, (int)jsonLength, cancellationToken);
            var item = ProtocolJson.TryRead(json, ProtocolJson.Default.SendBatchItem)
                ?? throw RefusedException.Invalid($"Item {items.Count} of the batch is not described as it must be.");
            Check(item, items.Count);
            total += jsonLength + item.Reserve.PayloadLength;
            if (total > SendBatch.MaxBodyLength)
            {
                throw RefusedException.Invalid($"The batch is longer than {SendBatch.MaxBodyLength} bytes.");
            }

            var payload = await ReadExactlyAsync(body, (int)item.Reserve.PayloadLength, cancellationToken);
            if (!SHA256.HashData(payload).AsSpan().SequenceEqual(item.Commit.PartHashes))
            {
                throw RefusedException.Invalid($"The content of item {items.Count} does not have the hash it should have.");
            }

            items.Add(new ReceivedItem(item, [.. item.Commit.Header, .. payload]));
        }

        return items.Count > 0 ? items : throw RefusedException.Invalid("The batch is empty.");
    }

    private static void Check(SendBatchItem item, int index)
    {
        if (item.Reserve.Upload != item.Commit.Upload
            || item.Reserve.HeaderLength != item.Commit.Header.Length
            || item.Reserve.PayloadLength > SendBatch.MaxPayloadLength
            || !PartLayout.TryCreate(item.Reserve.PayloadLength, item.Reserve.PartSize, out var layout)
            || layout.PartCount != 1)
        {
            throw RefusedException.Invalid($"Item {index} of the batch: its lengths and ids do not fit together.");
        }
    }

    private static async Task<byte[]> ReadExactlyAsync(PipeReader body, int length, CancellationToken cancellationToken) =>
        length == 0
            ? []
            : await TryReadExactlyAsync(body, length, cancellationToken)
                ?? throw RefusedException.Invalid("The batch ends inside an item.");

    /// <returns>The bytes; null where the body ends before the first of them.</returns>
    private static async Task<byte[]?> TryReadExactlyAsync(PipeReader body, int length, CancellationToken cancellationToken)
    {
        var read = await body.ReadAtLeastAsync(length, cancellationToken);
        if (read.Buffer.Length < length)
        {
            var empty = read.Buffer.IsEmpty;
            body.AdvanceTo(read.Buffer.End);
            return empty ? null : throw RefusedException.Invalid("The batch ends inside an item.");
        }

        var taken = read.Buffer.Slice(0, length);
        var bytes = taken.ToArray();
        body.AdvanceTo(taken.End);
        return bytes;
    }
}
