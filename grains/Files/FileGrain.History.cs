using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>What happened to the file, for its owner.</summary>
internal sealed partial class FileGrain
{
    public async Task<Outcome<HistoryPage>> GetHistory(Caller owner, string? after, int limit)
    {
        if (!(await User(owner.Account).Authorise(owner.SessionKey, AccessRight.Read)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        // Recipients see nothing of it: it says who else has the file.
        return State.Owner == owner.Account ? await ReadHistoryAsync(after, limit) : NotFound();
    }
}
