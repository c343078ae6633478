namespace Vault.Protocol;

/// <summary>Many small files in one request.</summary>
/// <remarks>
/// The request body is a sequence of frames: length of the JSON (4 bytes, big-endian) ‖ JSON of <see cref="SendBatchItem"/> ‖
/// the item's payload (Reserve.PayloadLength bytes). A payload in a batch is at most one part.
/// </remarks>
public static class SendBatch
{
    /// <summary>The media type of the request.</summary>
    public const string MediaType = "application/vnd.vault.batch";

    /// <summary>The most items in one request.</summary>
    public const int MaxItems = 256;

    /// <summary>The longest body, in bytes.</summary>
    public const int MaxBodyLength = 16 * 1024 * 1024;

    /// <summary>The longest JSON of one item, in bytes.</summary>
    public const int MaxItemJsonLength = 128 * 1024;

    /// <summary>The longest payload of one item, in bytes.</summary>
    public const int MaxPayloadLength = 4 * 1024 * 1024;
}

/// <summary>One small file: announced and ended at once. Its manifest guesses that the name is new;
/// if it is not, the item's answer is a conflict whose target says what to sign, and only the commit is sent again.</summary>
public sealed record SendBatchItem(ReserveSendRequest Reserve, CommitSendRequest Commit);

/// <summary>One answer for each item, in order.</summary>
public sealed record SendBatchReply(IReadOnlyList<SendBatchItemReply> Items);

/// <summary>Either a receipt or a problem.</summary>
public sealed record SendBatchItemReply(UploadId Upload, Receipt? Receipt, Problem? Problem);
