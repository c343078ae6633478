using Vault.Grains.Files;
using Vault.Grains.Recovery;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains;

/// <summary>What an account uses, read from its stream by an operator's tool. Neither its address nor any name is in it.</summary>
/// <param name="Stored">Ciphertext of all kept versions, in bytes.</param>
/// <param name="Reserved">What sends under way have set aside, in bytes.</param>
/// <param name="Given">Files that others may have been given.</param>
/// <param name="LastEvent">When something last happened.</param>
public sealed record AccountUsage(
    AccountId Account, int Files, int Versions, long Stored, long Reserved, int Given, DateTimeOffset LastEvent)
{
    /// <summary>The categories of all streams that grains write.</summary>
    public static IReadOnlyList<string> StreamCategories { get; } =
        [UserAggregate.Definition.Category, FileState.Definition.Category, RecoveryState.Definition.Category];

    /// <summary>Reads every account's stream, verifying it on the way; those without an account in them are passed over.</summary>
    /// <exception cref="StorageException">A stream is damaged, or the backend failed.</exception>
    public static async IAsyncEnumerable<AccountUsage> ReadAllAsync(
        IEventLog log, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        await foreach (var stream in log.ListAsync(UserAggregate.Definition.Category, cancellationToken))
        {
            var (state, last) = (UserState.Empty, DateTimeOffset.MinValue);
            await foreach (var stored in log.ReadAsync(stream, StreamHead.Empty, cancellationToken))
            {
                state = state.Apply(UserAggregate.Definition.Events.Read(stored), stored.Head);
                last = stored.Time;
            }

            if (state.Account is not null && AccountId.TryParse(stream.Id, out var account))
            {
                yield return new AccountUsage(
                    account, state.Files.Listed.Count, state.Files.ByUpload.Count, state.Files.Bytes, state.Sends.Bytes,
                    state.Shares.Given.Count, last);
            }
        }
    }
}
