using System.Text.Json;
using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>A file in the trash as it is stored.</summary>
internal sealed record StoredTrash(PackedFile File, DateTimeOffset At);

/// <summary>A user state as it is stored: what cannot be computed from the rest.</summary>
internal sealed record UserSnapshot(
    Account? Account, IReadOnlyList<Session> Sessions, IReadOnlyList<string> Networks,
    IReadOnlyList<Reservation> Open,
    [property: JsonConverter(typeof(PackedFile.ListForm))] IReadOnlyList<PackedFile> Files, IReadOnlyList<FileId> Removing,
    IReadOnlyDictionary<FileId, int> Replacing, IReadOnlyList<FileId> Given, IReadOnlyList<AnnouncedShare> Received,
    ContactsStored? Contacts, UserSecondFactor SecondFactor, IReadOnlyList<AccessKey> AccessKeys, IReadOnlyList<StoredTrash> Trashed,
    IReadOnlyDictionary<FileId, IReadOnlyList<UploadId>> Surplus, IReadOnlyList<FileRenamed> Renaming,
    IReadOnlyList<AskedRegistration> Asked, CommandId? Confirmed, byte[]? ConfirmedBy,
    ClosedAccount? Closed)
{
    /// <summary>The form of today.</summary>
    public static SnapshotFormat<UserState> Format { get; } = new("user.state.v9", Write, Read);

    private static ReadOnlyMemory<byte> Write(UserState state) => StoredJson.WriteSnapshot(
        new UserSnapshot(
            state.Account, [.. state.Sessions.Running.Values], state.Sessions.Networks, [.. state.Sends.Open.Values],
            [.. state.Files.Listed.Select(listed => listed.Value)], [.. state.Files.Removing], state.Files.Replacing, state.Shares.Given,
            state.Shares.Received, state.Contacts, state.SecondFactor,
            [.. state.AccessKeys.ByKey.Values.OrderBy(key => key.CreatedAt)], [.. state.Files.Trashed.Values.Select(trashed => new StoredTrash(PackedFile.Pack(trashed.File), trashed.At))],
            state.Files.Surplus.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<UploadId>)pair.Value),
            [.. state.Files.Renaming.Values], state.Asked, state.Confirmed, state.ConfirmedBy, state.Closed),
        UserJson.Stored.UserSnapshot,
        state.Files.Listed.Sum(listed => FileLength(listed.Value.Bytes.Length)) + (64 * 1024));

    // In base64, with quotes and a comma.
    private static int FileLength(int bytes) => ((bytes + 2) / 3 * 4) + 3;

    private static UserState Read(ReadOnlyMemory<byte> json)
    {
        var stored = JsonSerializer.Deserialize(json.Span, UserJson.Stored.UserSnapshot)
            ?? throw new JsonException("A snapshot is an object.");
        return new UserState(
            stored.Account,
            UserSessions.Empty with
            {
                Running = UserSessions.Empty.Running.AddRange(
                    stored.Sessions.Select(session => KeyValuePair.Create(session.Key, session))),
                Networks = [.. stored.Networks],
            },
            UserSends.Empty.Apply(new SendsReserved(stored.Open, [])),
            UserFiles.Restore(
                stored.Files, stored.Trashed, stored.Removing, stored.Replacing, stored.Surplus, stored.Renaming),
            UserShares.Restore(stored.Given, stored.Received),
            stored.Contacts,
            stored.SecondFactor,
            new UserAccessKeys(UserAccessKeys.Empty.ByKey.AddRange(
                stored.AccessKeys.Select(key => KeyValuePair.Create(key.Key, key)))),
            [.. stored.Asked],
            stored.Confirmed,
            stored.ConfirmedBy,
            stored.Closed);
    }
}
