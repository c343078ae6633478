using System.Collections.Immutable;
using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;

namespace Vault.Grains.Users;

/// <summary>A session: a connection key that the account's owner proved the password on.</summary>
internal sealed record Session(
    SessionKey Key, string Device, string Address, DateTimeOffset StartedAt, DateTimeOffset ExpiresAt, DateTimeOffset LastUsedAt)
{
    /// <summary>What people name it by: the first half of the SHA-256 of its key.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(Key.ToString())).AsSpan(0, 16));
}

/// <summary>The sessions of an account, and the networks from which its owner has signed in.</summary>
/// <param name="Running">By key; expired ones stay until the next start drops them.</param>
/// <param name="Networks">The latest last, at most <see cref="MaxNetworks"/>.</param>
internal sealed record UserSessions(ImmutableDictionary<SessionKey, Session> Running, ImmutableList<string> Networks)
{
    /// <summary>How many networks are remembered. Part of what events mean: changing it changes replays.</summary>
    public const int MaxNetworks = 16;

    /// <summary>No sessions.</summary>
    public static UserSessions Empty { get; } = new([], []);

    /// <summary>The session with this key, if it has not expired.</summary>
    public Session? Find(SessionKey key, DateTimeOffset now) =>
        Running.TryGetValue(key, out var session) && session.ExpiresAt > now ? session : null;

    /// <summary>Starts a session under the key; one that runs under it already starts anew.</summary>
    public SessionStarted DecideStart(
        SessionKey key, string device, string address, DateTimeOffset now, SessionLimits limits)
    {
        var others = Running.Values.Where(session => session.Key != key).ToList();
        var running = others.Where(session => session.ExpiresAt > now).OrderBy(session => session.StartedAt).ToList();
        var dropped = others.Where(session => session.ExpiresAt <= now)
            .Concat(running.Take(running.Count - limits.MaxCount + 1))
            .Select(session => session.Key);
        return new SessionStarted(
            key, device, address, NetworkName.Of(address), now, now + limits.Lifetime, [.. dropped]);
    }

    /// <summary>Ends the session with this key, if there is one.</summary>
    public Decision<UserEvent> DecideEnd(SessionKey key) =>
        Running.ContainsKey(key) ? new SessionEnded(key) : Decision<UserEvent>.Nothing;

    public UserSessions Apply(SessionStarted started)
    {
        var session = new Session(
            started.Key, started.Device, started.Address, started.StartedAt, started.ExpiresAt, LastUsedAt: started.StartedAt);
        var networks = started.Network.Length == 0 ? Networks : Networks.Remove(started.Network).Add(started.Network);
        return new UserSessions(
            Running.RemoveRange(started.Dropped).SetItem(started.Key, session),
            networks.Count > MaxNetworks ? networks.RemoveAt(0) : networks);
    }

    /// <summary>Ends another session by its id, or all but one where the id is null.</summary>
    public Decision<UserEvent> DecideEndOthers(SessionKey key, string? id)
    {
        var ended = Running.Values.Where(session => id is null ? session.Key != key : session.Id == id).Select(session => session.Key).ToList();
        return ended.Count == 0 ? Decision<UserEvent>.Nothing : new SessionsEnded(ended);
    }

    public UserSessions Apply(SessionsEnded ended) => this with { Running = Running.RemoveRange(ended.Keys) };

    public UserSessions Apply(SessionsUsed used) => this with
    {
        Running = Running.SetItems(used.Uses.Where(use => Running.ContainsKey(use.Key))
            .Select(use => KeyValuePair.Create(use.Key, Running[use.Key] with { LastUsedAt = use.At }))),
    };

    /// <summary>All sessions ended but one, if that still runs.</summary>
    public UserSessions EndAllBut(SessionKey? key) => this with
    {
        Running = key is { } kept && Running.TryGetValue(kept, out var session) ? Empty.Running.Add(kept, session) : Empty.Running,
    };

    public UserSessions Apply(SessionEnded ended) => this with { Running = Running.Remove(ended.Key) };
}
