using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Says in words what the events say. docs/protocol.md lists what is read of each; anything else about them is the server's own
/// business and only hashed here.</summary>
/// <param name="owner">The account's address.</param>
/// <param name="nameOf">The address behind an account, or its id.</param>
internal sealed class EventWords(string owner, Func<AccountId, string> nameOf)
{
    /// <summary>The entries of one event: one, or one for each person concerned.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the event has not the form of its name.</exception>
    public IEnumerable<VaultHistoryEntry> Tell(HistoryLine line, string? fileName)
    {
        using var parsed = JsonDocument.Parse(line.Data);
        try
        {
            return [.. Say(line.Type, parsed.RootElement).Select(said => new VaultHistoryEntry(
                line.Time, said.Action, said.Actor ?? owner, said.Person, said.Detail, fileName, line.Version, line.Type))];
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw VaultException.Forged($"Event {line.Version} is no {line.Type}.");
        }
    }

    /// <summary>The grants of an event.</summary>
    internal static IEnumerable<(AccountId Recipient, DateTimeOffset? ExpiresAt)> Grants(JsonElement data) =>
        data.GetProperty("grants").EnumerateArray().Select(grant => (
            Account(grant.GetProperty("recipient")),
            grant.TryGetProperty("expiresAt", out var end) && end.ValueKind != JsonValueKind.Null ? end.GetDateTimeOffset() : (DateTimeOffset?)null));

    internal static IEnumerable<AccountId> Accounts(JsonElement list) => list.EnumerateArray().Select(Account);

    private static AccountId Account(JsonElement text) =>
        AccountId.TryParse(text.GetString(), out var account) ? account : throw new FormatException();

    private IEnumerable<Words> Say(string type, JsonElement data) => type switch
    {
        "file.version-stored.v1" => [Stored(data)],
        "file.shared-version-stored.v1" =>
        [
            Stored(data.GetProperty("stored")) with { Detail = data.GetProperty("removesOlder").GetBoolean() ? "under a new key; older versions were deleted" : null },
            .. Grants(data).Select(Granted), .. Accounts(data.GetProperty("dropped")).Select(Lost),
        ],
        "file.version-copied.v1" =>
        [
            Stored(data.GetProperty("stored")) with { Detail = "a copy of content that was stored before" },
            .. Grants(data).Select(Granted), .. Accounts(data.GetProperty("dropped")).Select(Lost),
        ],
        "file.shares-granted.v1" => Grants(data).Select(Granted),
        "file.shares-revoked.v1" => Accounts(data.GetProperty("recipients")).Select(Lost),
        "file.old-versions-dropped.v1" => [Count("Let old versions go", data.GetProperty("uploads"))],
        "file.metadata-revised.v1" => [new Words("Renamed the file")],
        "file.erased.v1" => [new Words("Removed the file")],
        "user.registered.v1" => [new Words("Made the account")],
        "user.session-started.v1" =>
            [new Words("Signed in") { Actor = $"{Printable(data.GetProperty("device"))} ({Printable(data.GetProperty("address"))})" }],
        "user.session-ended.v1" => [new Words("Signed out")],
        "user.sends-reserved.v1" => [Count("Began to send", data.GetProperty("reserved"))],
        "user.copy-reserved.v1" => [new Words("Began to copy a file")],
        "user.send-released.v1" => [new Words("Gave a send up")],
        "user.sends-committed.v1" => [Count("Stored", data.GetProperty("sends"))],
        "user.versions-replaced.v1" => [Count("Stored under new keys", data.GetProperty("sends"))],
        "user.file-removed.v1" => [new Words("Removed a file") { Detail = data.GetProperty("file").GetString() }],
        "user.file-trashed.v1" => [new Words("Put a file into the trash") { Detail = data.GetProperty("file").GetString() }],
        "user.file-restored.v1" => [new Words("Took a file out of the trash") { Detail = data.GetProperty("file").GetString() }],
        "user.file-renamed.v1" => [new Words("Renamed a file") { Detail = data.GetProperty("file").GetString() }],
        "user.old-versions-removed.v1" => [Count("Let old versions go", data.GetProperty("uploads"))],
        "user.file-shared.v1" => [new Words("Shared a file for the first time") { Detail = data.GetProperty("file").GetString() }],
        "user.share-announced.v1" => [new Words("May have been given a file") { Actor = "somebody else", Detail = data.GetProperty("file").GetString() }],
        "user.contacts-stored.v1" => [new Words("Changed contacts")],
        "user.totp-enabled.v1" => [new Words("Switched the second factor on")],
        "user.totp-disabled.v1" => [new Words("Switched the second factor off")],
        "user.backup-code-used.v1" => [new Words("Used a backup code")],
        "user.password-changed.v1" => [new Words("Changed the password")],
        "user.password-reset.v1" => [new Words("Reset the password by e-mail") { Actor = "whoever had the code" }],
        _ => [new Words(Spaced(type))],
    };

    private Words Granted((AccountId Recipient, DateTimeOffset? ExpiresAt) grant) => new("Gave the file")
    {
        Person = nameOf(grant.Recipient),
        Detail = grant.ExpiresAt is { } end ? $"until {end.UtcDateTime:u}" : null,
    };

    private Words Lost(AccountId recipient) => new("Took the file back") { Person = nameOf(recipient) };

    private static Words Stored(JsonElement data) => new($"Stored version {data.GetProperty("version").GetInt32()}");

    private static Words Count(string action, JsonElement list) =>
        new(list.GetArrayLength() == 1 ? $"{action} a file" : $"{action} {list.GetArrayLength()} files");

    // user.recovery-key-replaced.v1: Recovery key replaced
    private static string Spaced(string type) =>
        type.Split('.') is [_, { Length: > 0 } name, ..] ? char.ToUpperInvariant(name[0]) + name[1..].Replace('-', ' ') : type;

    private static string Printable(JsonElement text) => ServerText.Printable(text.GetString() ?? "");

    private sealed record Words(string Action)
    {
        public string? Actor { get; init; }

        public string? Person { get; init; }

        public string? Detail { get; init; }
    }
}
