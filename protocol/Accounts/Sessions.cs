namespace Vault.Protocol;

/// <summary>The account's running sessions, the newest first.</summary>
public sealed record SessionsReply(IReadOnlyList<SessionEntry> Sessions);

/// <summary>One of them.</summary>
/// <param name="Id">32 lower-case hexadecimal digits: the first half of the SHA-256 of the session's key.</param>
/// <param name="Device">The name that the device gave itself.</param>
/// <param name="Address">The network address that it signed in from.</param>
/// <param name="LastUsedAt">The last request, to within a few minutes after a restart of the server.</param>
/// <param name="IsCurrent">Whether it is the one that asks.</param>
public sealed record SessionEntry(
    string Id, string Device, string Address, DateTimeOffset StartedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt,
    bool IsCurrent);
