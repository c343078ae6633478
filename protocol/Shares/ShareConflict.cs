using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>Why grants and a file, as it stands now, do not go together.</summary>
[JsonConverter(typeof(ShareConflictReasonJsonConverter))]
public enum ShareConflictReason
{
    /// <summary>The recipients have the file already.</summary>
    AlreadyGranted,

    /// <summary>The grants are for another version than the newest.</summary>
    VersionChanged,

    /// <summary>The recipients' profiles are not the ones that the grants name: look them up again, and check them.</summary>
    ProfileChanged,

    /// <summary>A grant's number is not above all that the file has had.</summary>
    NumberUsed,

    /// <summary>The recipients have the version before, but are neither granted the new one nor dropped.</summary>
    RecipientsLeftOut,
}

/// <summary>With <see cref="ErrorCode.Conflict"/> on grants: what is in the way, and what the next grants must say.</summary>
/// <param name="Recipients">Whom it concerns; empty where it is about the file.</param>
/// <param name="Target">The newest version, which a grant must name.</param>
public sealed record ShareConflict(
    ShareConflictReason Reason, IReadOnlyList<AccountId> Recipients, GrantTarget Target);

/// <summary>What the next grant of a file must say.</summary>
/// <param name="Version">The newest version.</param>
/// <param name="Manifest">SHA-256 of its manifest bytes.</param>
/// <param name="NextNumber">The lowest grant number that is free.</param>
public sealed record GrantTarget(int Version, byte[] Manifest, long NextNumber);

/// <summary>Writes reasons in snake case and refuses numbers.</summary>
public sealed class ShareConflictReasonJsonConverter()
    : JsonStringEnumConverter<ShareConflictReason>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
