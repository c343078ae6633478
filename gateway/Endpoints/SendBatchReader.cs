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
        var prefix = new byte[LengthLength];
        while (await TryFillAsync(body, prefix, cancellationToken))
        {
            var jsonLength = BinaryPrimitives.ReadUInt32BigEndian(prefix);
            if (items.Count == SendBatch.MaxItems || jsonLength > SendBatch.MaxItemJsonLength)
            {
                throw RefusedException.Invalid("The batch has too many items, or one whose description is too long.");
            }

            var json = new byte[(int)jsonLength];
            if (!await TryFillAsync(body, json, cancellationToken))
            {
                throw Cut();
            }

            var item = ProtocolJson.TryRead(json, ProtocolJson.Default.SendBatchItem)
                ?? throw RefusedException.Invalid($"Item {items.Count} of the batch is not described as it must be.");
            Check(item, items.Count);
            total += jsonLength + item.Reserve.PayloadLength;
            if (total > SendBatch.MaxBodyLength)
            {
                throw RefusedException.Invalid($"The batch is longer than {SendBatch.MaxBodyLength} bytes.");
            }

            var content = new byte[item.Reserve.HeaderLength + (int)item.Reserve.PayloadLength];
            item.Commit.Header.CopyTo(content, 0);
            var payload = content.AsMemory(item.Reserve.HeaderLength);
            if (!await TryFillAsync(body, payload, cancellationToken))
            {
                throw Cut();
            }

            if (!SHA256.HashData(payload.Span).AsSpan().SequenceEqual(item.Commit.PartHashes))
            {
                throw RefusedException.Invalid($"The content of item {items.Count} does not have the hash it should have.");
            }

            items.Add(new ReceivedItem(item, content));
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

    private static RefusedException Cut() => RefusedException.Invalid("The batch ends inside an item.");

    /// <summary>Fills the target as bytes come in, so that no more of them wait than a connection's window has.</summary>
    /// <returns>False where the body ends before the first byte.</returns>
    private static async Task<bool> TryFillAsync(PipeReader body, Memory<byte> target, CancellationToken cancellationToken)
    {
        for (var filled = 0; filled < target.Length;)
        {
            var read = await body.ReadAsync(cancellationToken);
            var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, target.Length - filled));
            taken.CopyTo(target.Span[filled..]);
            filled += (int)taken.Length;
            body.AdvanceTo(taken.End);
            if (filled < target.Length && read.IsCompleted && taken.Length == read.Buffer.Length)
            {
                return filled == 0 ? false : throw Cut();
            }
        }

        return true;
    }
}
