using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Vault.Storage.Lines;

namespace Vault.Storage.Azure;

/// <summary>What an append to a segment came to.</summary>
internal enum SegmentAppend
{
    /// <summary>The line is there.</summary>
    Appended,

    /// <summary>The segment was closed behind the expected head: the stream goes on in the next one.</summary>
    Closed,

    /// <summary>The segment does not end where it was expected to, or is not there.</summary>
    Conflict,
}

/// <summary>The append blobs of one stream: <c>streams/{category}/{id}/{segment}.jsonl</c>.</summary>
internal sealed class StreamSegments(AzureContainer container, StreamName stream)
{
    /// <summary>Before every stream's name.</summary>
    internal const string Root = "streams/";

    /// <summary>Most last lines fit into this; a longer one is read again with more.</summary>
    internal const int Lookback = 16 * 1024;

    /// <summary>Where the stream's blobs lie.</summary>
    internal string Folder => $"{Root}{stream}/";

    /// <summary>The stream's snapshot.</summary>
    internal BlockBlobClient Snapshot => container.Client.GetBlockBlobClient(Folder + "snapshot.json");

    /// <summary>Makes a segment unless it is there.</summary>
    internal async Task CreateAsync(int segment, CancellationToken cancellationToken)
    {
        try
        {
            await container.Client.GetAppendBlobClient(NameOf(segment)).CreateAsync(
                new AppendBlobCreateOptions { Conditions = new AppendBlobRequestConditions { IfNoneMatch = ETag.All } },
                cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Made by another, or by an attempt whose answer was lost.
        }
    }

    /// <summary>Appends a line at an offset, if the segment ends there and is in this state.</summary>
    /// <param name="place">Where.</param>
    /// <param name="line">What, with its break.</param>
    /// <param name="behind">The head that the line follows.</param>
    /// <param name="state">The state of the blob that the head was verified in; null at the beginning of a segment.</param>
    /// <returns>The blob's new state where it is known, and what it came to.</returns>
    internal async Task<(SegmentAppend Result, ETag? State)> AppendAsync(
        SegmentPosition place, byte[] line, StreamHead behind, ETag? state)
    {
        var options = new AppendBlobAppendBlockOptions
        {
            Conditions = new AppendBlobRequestConditions { IfAppendPositionEqual = place.Offset, IfMatch = state },
        };
        var blob = container.ClientWithoutRetries.GetAppendBlobClient(NameOf(place.Segment));
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var content = new MemoryStream(line, writable: false);
                var written = await blob.AppendBlockAsync(content, options, CancellationToken.None).ConfigureAwait(false);
                return (SegmentAppend.Appended, written.Value.ETag);
            }
            catch (RequestFailedException error) when (error.Status == 412)
            {
                return await CompareAsync(place, line, behind, repeated: attempt > 0).ConfigureAwait(false);
            }
            catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
            {
                return (SegmentAppend.Conflict, null);
            }
            catch (Exception error) when (attempt < container.Options.MaxRetries && IsWorthRepeating(error))
            {
                await Task.Delay(container.Options.RetryDelay * (1 << attempt)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the stream has a line that states this head, and the state of its blob.</summary>
    internal async Task<ETag?> FindAsync(StreamHead head, SegmentPosition place, CancellationToken cancellationToken)
    {
        for (long lookback = Lookback; ; lookback *= 16)
        {
            var from = Math.Max(0, place.Offset - lookback);
            if (await ReadAsync(place with { Offset = from }, place.Offset - from, cancellationToken).ConfigureAwait(false)
                is not { } read || read.Bytes.Length < place.Offset - from)
            {
                return null;
            }

            var ends = EndsWith(read.Bytes.Span, head, isWhole: from == 0);
            if (ends is not null || lookback > EventLine.MaxLength)
            {
                return ends is true ? read.State : null;
            }
        }
    }

    /// <summary>
    /// Whether bytes end with a line that states a head; null when the line's start is not among them, which it is when they
    /// are the whole of what stands before.
    /// </summary>
    internal static bool? EndsWith(ReadOnlySpan<byte> bytes, StreamHead head, bool isWhole)
    {
        if (bytes.IsEmpty || bytes[^1] != '\n')
        {
            return false;
        }

        var start = bytes[..^1].LastIndexOf((byte)'\n');
        return start < 0 && !isWhole ? null : EventLine.States(bytes[(start + 1)..^1], head);
    }

    /// <summary>Bytes of a segment from an offset on: fewer where it ends. Null when there is no such segment.</summary>
    internal async Task<SegmentBytes?> ReadAsync(SegmentPosition from, long length, CancellationToken cancellationToken)
    {
        const int Attempts = 4;
        var blob = container.Client.GetAppendBlobClient(NameOf(from.Segment));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var read = await blob.DownloadContentAsync(
                    new BlobDownloadOptions { Range = new HttpRange(from.Offset, length) }, cancellationToken)
                    .ConfigureAwait(false);
                return new SegmentBytes(read.Value.Content.ToMemory(), read.Value.Details.ETag);
            }
            catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
            {
                return null;
            }
            catch (RequestFailedException error) when (error.Status == 416)
            {
                return new SegmentBytes(default, null);
            }
            catch (RequestFailedException error) when (error.Status == 412 && attempt < Attempts)
            {
                // The download broke off, and someone appended before it went on.
            }
        }
    }

    private string NameOf(int segment) => string.Create(CultureInfo.InvariantCulture, $"{Folder}{segment:d8}.jsonl");

    /// <summary>
    /// The segment does not end where it was expected to. It may be ours that stands there, if an earlier attempt was
    /// made whose answer was lost; or the line that closes the segment behind the very head we know.
    /// </summary>
    private async Task<(SegmentAppend Result, ETag? State)> CompareAsync(
        SegmentPosition place, byte[] line, StreamHead behind, bool repeated)
    {
        var closing = ClosingLine.Encode(place.Segment, behind);
        var read = await ReadAsync(place, Math.Max(line.Length, closing.Length) + 1, CancellationToken.None).ConfigureAwait(false);
        var found = read is null ? default : read.Bytes.Span;
        if (repeated && found.StartsWith(line))
        {
            return (SegmentAppend.Appended, found.Length == line.Length ? read!.State : null); // found has bytes: read is not null
        }

        return (found.SequenceEqual(closing) ? SegmentAppend.Closed : SegmentAppend.Conflict, null);
    }

    private static bool IsWorthRepeating(Exception error) => AzureContainer.IsFailure(error, CancellationToken.None)
        && error is not RequestFailedException { Status: > 0 and not (408 or 429 or 500 or 502 or 503 or 504) };
}

/// <summary>A stretch of a segment, and the state of the blob that it was read from.</summary>
/// <param name="State">Null where nothing was read.</param>
internal sealed record SegmentBytes(ReadOnlyMemory<byte> Bytes, ETag? State);
