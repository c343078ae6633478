using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Which files an account has: a fold over its events, to hold the server's list against.</summary>
internal sealed class OwnedFiles
{
    private readonly Dictionary<string, FileId> _uploads = new(StringComparer.Ordinal);
    private readonly Dictionary<FileId, int> _versions = [];
    private readonly HashSet<FileId> _removed = [];
    private readonly HashSet<FileId> _trashed = [];

    /// <summary>Those that the list must have.</summary>
    public IEnumerable<FileId> Listed => _versions.Keys.Where(file => !IsGone(file));

    /// <summary>Those that the trash must have.</summary>
    public IEnumerable<FileId> Trashed => _trashed;

    /// <summary>Whether a file was removed, or is in the trash.</summary>
    public bool IsGone(FileId file) => _removed.Contains(file) || _trashed.Contains(file);

    /// <summary>The newest version of a file; 0 for none.</summary>
    public int NewestOf(FileId file) => _versions.GetValueOrDefault(file);

    /// <summary>Takes the next event.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the event has not the form of its name.</exception>
    public void Add(HistoryLine line)
    {
        if (line.Type is not ("user.sends-reserved.v1" or "user.copy-reserved.v1" or "user.sends-committed.v1" or "user.versions-replaced.v1"
            or "user.file-removed.v1" or "user.file-trashed.v1" or "user.file-restored.v1"))
        {
            return;
        }

        using var parsed = JsonDocument.Parse(line.Data);
        try
        {
            Apply(line.Type, parsed.RootElement);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw VaultException.Forged($"Event {line.Version} is no {line.Type}.");
        }
    }

    private void Apply(string type, JsonElement data)
    {
        switch (type)
        {
            case "user.sends-reserved.v1":
                foreach (var reserved in data.GetProperty("reserved").EnumerateArray())
                {
                    _uploads[Upload(reserved)] = File(reserved);
                }

                break;
            case "user.copy-reserved.v1":
                var copy = data.GetProperty("reserved");
                _uploads[Upload(copy)] = File(copy);
                break;
            case "user.sends-committed.v1" or "user.versions-replaced.v1":
                foreach (var send in data.GetProperty("sends").EnumerateArray())
                {
                    Store(_uploads.GetValueOrDefault(Upload(send)), send.GetProperty("version").GetInt32());
                }

                break;
            case "user.file-trashed.v1":
                _trashed.Add(File(data));
                break;
            case "user.file-restored.v1":
                _trashed.Remove(File(data));
                break;
            default:
                _trashed.Remove(File(data));
                _removed.Add(File(data));
                break;
        }
    }

    private void Store(FileId file, int version)
    {
        if (file != default)
        {
            _versions[file] = Math.Max(version, _versions.GetValueOrDefault(file));
        }
    }

    private static string Upload(JsonElement of) => of.GetProperty("upload").GetString() ?? throw new FormatException();

    private static FileId File(JsonElement of) =>
        FileId.TryParse(of.GetProperty("file").GetString(), out var file) ? file : throw new FormatException();
}
