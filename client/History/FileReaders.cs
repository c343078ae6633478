using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Who could read a file: a fold over its events, up to a time.</summary>
internal sealed class FileReaders(DateTimeOffset asOf)
{
    private readonly Dictionary<AccountId, (DateTimeOffset Since, DateTimeOffset? ExpiresAt)> _others = [];
    private DateTimeOffset? _since;
    private int _version;

    /// <summary>Takes the next event; those after the time change nothing.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the event has not the form of its name.</exception>
    public void Add(HistoryLine line)
    {
        if (line.Time > asOf)
        {
            return;
        }

        using var parsed = JsonDocument.Parse(line.Data);
        try
        {
            Apply(line, parsed.RootElement);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw VaultException.Forged($"Event {line.Version} is no {line.Type}.");
        }
    }

    /// <summary>The owner first; nobody where the file was not there.</summary>
    public IReadOnlyList<VaultFileReader> List(AccountId owner, string email, string fileName, Func<AccountId, string> nameOf) => _since is not { } since
        ? []
        :
        [
            new VaultFileReader(email, owner, since, null, fileName, _version),
            .. _others.Where(reader => reader.Value.ExpiresAt is not { } end || end > asOf)
                .OrderBy(reader => reader.Value.Since)
                .Select(reader => new VaultFileReader(
                    nameOf(reader.Key), reader.Key, reader.Value.Since, reader.Value.ExpiresAt, fileName, _version)),
        ];

    private void Apply(HistoryLine line, JsonElement data)
    {
        switch (line.Type)
        {
            case "file.version-stored.v1":
                _since ??= line.Time;
                _version = data.GetProperty("version").GetInt32();
                break;
            case "file.shared-version-stored.v1" or "file.version-copied.v1":
                _version = data.GetProperty("stored").GetProperty("version").GetInt32();
                _since ??= line.Time;
                Grant(line, data);
                Revoke(data.GetProperty("dropped"));
                break;
            case "file.shares-granted.v1":
                Grant(line, data);
                break;
            case "file.shares-revoked.v1":
                Revoke(data.GetProperty("recipients"));
                break;
            case "file.erased.v1":
                _since = null;
                _others.Clear();
                break;
        }
    }

    // Somebody who is given the next version has had the file since the first.
    private void Grant(HistoryLine line, JsonElement data)
    {
        foreach (var (recipient, expiresAt) in EventWords.Grants(data))
        {
            _others[recipient] = (_others.TryGetValue(recipient, out var had) ? had.Since : line.Time, expiresAt);
        }
    }

    private void Revoke(JsonElement recipients)
    {
        foreach (var recipient in EventWords.Accounts(recipients))
        {
            _others.Remove(recipient);
        }
    }
}
