using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vault.Protocol;

/// <summary>One event of a stream, with all that its hash covers.</summary>
/// <param name="Version">Its number in the stream, from 1.</param>
/// <param name="Time">When, in UTC to 100 ns.</param>
/// <param name="Type">Its name, such as <c>file.shares-granted.v1</c>.</param>
/// <param name="Data">One JSON value in UTF-8, byte for byte as it is stored.</param>
public sealed record HistoryLine(long Version, DateTimeOffset Time, string Type, byte[] Data)
{
    /// <summary>SHA-256(<paramref name="previous"/> ‖ the stored line's bytes before its hash).</summary>
    /// <param name="previous">The hash at the event before; 32 zero bytes for the first.</param>
    public byte[] Hash(ReadOnlySpan<byte> previous)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(previous);
        sha.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{{\"version\":{Version},\"time\":\"{Time.UtcDateTime:O}\",\"type\":\"{Type}\",\"data\":")));
        sha.AppendData(Data);
        return sha.GetHashAndReset();
    }
}

/// <summary>A page of a stream, oldest first.</summary>
/// <param name="Next">Pass as <see cref="Routes.AfterQuery"/> for the next page; null at the end.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryLine> Lines, string? Next)
{
    /// <summary>Events in a page unless asked otherwise, and the most that may be asked for.</summary>
    public const int DefaultLimit = 500, MaxLimit = 1_000;

    /// <summary>A page ends early behind the event with which it has this many bytes of data.</summary>
    public const int ManyBytes = 4 * 1024 * 1024;
}
