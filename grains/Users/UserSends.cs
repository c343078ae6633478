using System.Collections.Immutable;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>The lengths set aside for sends under way. One is open until an event closes it, whatever the time.</summary>
/// <param name="Open">By upload.</param>
/// <param name="Bytes">Their lengths together.</param>
internal sealed record UserSends(ImmutableDictionary<UploadId, Reservation> Open, long Bytes)
{
    /// <summary>Nothing set aside.</summary>
    public static UserSends Empty { get; } = new([], 0);

    /// <summary>Whether a copy under way refers to the content that this send stored.</summary>
    public bool Refers(UploadId content) => Open.Values.Any(open => open.Content == content);

    public UserSends Apply(SendsReserved reserved)
    {
        var (open, bytes) = Close(reserved.Expired);
        return new UserSends(
            open.AddRange(reserved.Reserved.Select(added => KeyValuePair.Create(added.Upload, added))),
            bytes + reserved.Reserved.Sum(added => added.Length));
    }

    /// <summary>Without these; those that are not open change nothing.</summary>
    public UserSends Close(IEnumerable<UploadId> uploads)
    {
        var open = Open.ToBuilder();
        var bytes = Bytes;
        foreach (var upload in uploads)
        {
            if (open.TryGetValue(upload, out var reservation))
            {
                open.Remove(upload);
                bytes -= reservation.Length;
            }
        }

        return new UserSends(open.ToImmutable(), bytes);
    }
}
