using System.Collections.Immutable;
using System.Text.Json;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Recovery;

/// <summary>A request for a code.</summary>
/// <param name="IsOpen">Whether a code may still be made for it.</param>
internal sealed record CodeRequest(CommandId Id, DateTimeOffset At, bool IsOpen);

/// <summary>A code that may be used once.</summary>
/// <param name="Tries">Wrong ones, since it was made.</param>
internal sealed record RecoveryCode(CommandId Request, byte[] Hash, DateTimeOffset ExpiresAt, int Tries);

/// <summary>A reset that a code opened on one connection.</summary>
internal sealed record OpenReset(byte[] Channel, int Generation, DateTimeOffset ExpiresAt);

/// <summary>The recoveries of an account as their events left them. Immutable.</summary>
/// <param name="Requests">The latest last, at most <see cref="MaxKept"/>; so with the others.</param>
internal sealed record RecoveryState(
    ImmutableList<CodeRequest> Requests, ImmutableList<RecoveryCode> Codes, ImmutableList<OpenReset> Resets)
{
    /// <summary>More than can be open at once. Part of what events mean: changing it changes replays.</summary>
    public const int MaxKept = 16;

    /// <summary>The state before the first event.</summary>
    public static RecoveryState Empty { get; } = new([], [], []);

    /// <summary>The streams <c>recoveries/{account id}</c>.</summary>
    public static Aggregate<RecoveryState, RecoveryEvent> Definition { get; } = new(
        "recoveries",
        Empty,
        (state, next, head) => state.Apply(next, head),
        new EventCatalog<RecoveryEvent>()
            .Add("recovery.requested.v1", RecoveryJson.Stored.RecoveryRequested)
            .Add("recovery.code-issued.v1", RecoveryJson.Stored.CodeIssued)
            .Add("recovery.codes-tried.v1", RecoveryJson.Stored.CodesTried)
            .Add("recovery.code-accepted.v1", RecoveryJson.Stored.CodeAccepted)
            .Add("recovery.completed.v1", RecoveryJson.Stored.RecoveryCompleted),
        RecoverySnapshot.Format);

    /// <summary>The state after one more event.</summary>
    public RecoveryState Apply(RecoveryEvent next, StreamHead head) => next switch
    {
        RecoveryRequested requested => this with
        {
            Requests = Latest(Requests.Add(new CodeRequest(requested.Request, requested.At, IsOpen: true))),
        },
        CodeIssued issued => this with
        {
            Codes = Latest(Codes.RemoveAll(code => code.Request == issued.Request)
                .Add(new RecoveryCode(issued.Request, issued.Hash, issued.ExpiresAt, 0))),
        },
        CodesTried tried => this with { Codes = [.. Codes.Select(code => code with { Tries = code.Tries + tried.Count })] },
        CodeAccepted accepted => this with
        {
            Requests = [.. Requests.Select(request => request.Id == accepted.Request ? request with { IsOpen = false } : request)],
            Codes = Codes.RemoveAll(code => code.Request == accepted.Request),
            Resets = Latest(Resets.Add(new OpenReset(accepted.Channel, accepted.Generation, accepted.ExpiresAt))),
        },
        RecoveryCompleted => new RecoveryState([.. Requests.Select(request => request with { IsOpen = false })], [], []),
        _ => throw new StorageException(
            StorageError.Damaged, $"Event {head.Version} is none that changes a recovery: {next.GetType().Name}."),
    };

    private static ImmutableList<T> Latest<T>(ImmutableList<T> list) => list.Count > MaxKept ? list.RemoveAt(0) : list;
}

/// <summary>A recovery state as it is stored.</summary>
internal sealed record RecoverySnapshot(
    IReadOnlyList<CodeRequest> Requests, IReadOnlyList<RecoveryCode> Codes, IReadOnlyList<OpenReset> Resets)
{
    /// <summary>The form of today.</summary>
    public static SnapshotFormat<RecoveryState> Format { get; } = new("recovery.state.v1", Write, Read);

    private static ReadOnlyMemory<byte> Write(RecoveryState state) => StoredJson.WriteSnapshot(
        new RecoverySnapshot(state.Requests, state.Codes, state.Resets), RecoveryJson.Stored.RecoverySnapshot);

    private static RecoveryState Read(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize(json.Span, RecoveryJson.Stored.RecoverySnapshot) is { } stored
            ? new RecoveryState([.. stored.Requests], [.. stored.Codes], [.. stored.Resets])
            : throw new JsonException("A snapshot is an object.");
}
