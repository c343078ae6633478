using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What happened to the account, for its holder.</summary>
/// <remarks>Secrets in the stream are sealed or keyed hashes, under keys that only silos have: the lines can be shown as they are.</remarks>
internal sealed partial class UserGrain
{
    public async Task<Outcome<HistoryPage>> GetHistory(SessionKey session, string? after, int limit) =>
        DenyManaging(session, Now) is { } refusal ? refusal : await ReadHistoryAsync(after, limit);
}
