using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>The list of sessions. When one was last used is known to this activation, and stored now and then.</content>
internal sealed partial class UserGrain
{
    private static readonly TimeSpan StoreUsesEvery = TimeSpan.FromMinutes(10);

    private readonly Dictionary<SessionKey, DateTimeOffset> _uses = [];
    private IGrainTimer? _storingUses;

    public Task<Outcome<SessionsReply>> ListSessions(SessionKey session)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return Task.FromResult<Outcome<SessionsReply>>(denied);
        }

        var running = State.Sessions.Running.Values.Where(other => other.ExpiresAt > now).OrderByDescending(other => other.StartedAt);
        return Task.FromResult<Outcome<SessionsReply>>(new SessionsReply([.. running.Select(other => new SessionEntry(
            other.Id, other.Device, other.Address, other.StartedAt, _uses.GetValueOrDefault(other.Key, other.LastUsedAt), other.ExpiresAt,
            other.Key == session))]));
    }

    public async Task<Outcome<Done>> EndOthers(SessionKey session, string? id)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        await ChangeAsync(now, state => state.Sessions.DecideEndOthers(session, id));
        return Done.Value;
    }

    private void Touch(Session session, DateTimeOffset now)
    {
        _uses[session.Key] = now;
        if (session.LastUsedAt + StoreUsesEvery <= now)
        {
            _storingUses ??= this.RegisterGrainTimer(
                StoreUsesAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
        }
    }

    private async Task StoreUsesAsync()
    {
        _storingUses?.Dispose();
        _storingUses = null;
        foreach (var gone in _uses.Keys.Where(key => !State.Sessions.Running.ContainsKey(key)).ToList())
        {
            _uses.Remove(gone);
        }

        if (_uses.Count > 0)
        {
            await ChangeAsync(Now, _ => new SessionsUsed([.. _uses.Select(use => new SessionUse(use.Key, use.Value))]));
        }
    }
}
