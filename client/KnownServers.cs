using Vault.Protocol;

namespace Vault.Client;

/// <summary>The servers this person has met: a text file with one <c>host:port vaultserver1…</c> a line, as SSH's known_hosts.</summary>
public sealed class KnownServers(string folder)
{
    private readonly StateFile _file = new(folder, "known_servers");

    /// <summary>Every place of a server that was met, as <c>host:port</c>.</summary>
    public IReadOnlyList<string> All => [.. Parse(_file.Read()).Keys];

    /// <summary>The key this server had, at whichever of its places; null if it is new.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.ServerKeyChanged"/>: its places had different keys, so they are not one server.</exception>
    public ServerKey? Find(ServerAddress server)
    {
        ArgumentNullException.ThrowIfNull(server);
        var servers = Parse(_file.Read());
        var keys = server.PlaceNames.Where(servers.ContainsKey).Select(place => servers[place]).Distinct().ToArray();
        return keys.Length <= 1
            ? keys.Length == 0 ? null : keys[0]
            : throw new VaultException(
                VaultErrorCode.ServerKeyChanged, $"{server} are different servers: this machine remembers different keys for them.",
                $"Name places of one server only, or remove the wrong line from {_file.FullPath}.");
    }

    /// <summary>Remembers a key in place of what was remembered for the server, for all its places. Safe beside other processes that do the same.</summary>
    public void Remember(ServerAddress server, ServerKey key)
    {
        ArgumentNullException.ThrowIfNull(server);
        var known = Parse(_file.Read());
        if (server.PlaceNames.All(place => known.TryGetValue(place, out var remembered) && remembered == key))
        {
            return;
        }

        _file.Change(lines =>
        {
            var servers = Parse(lines);
            foreach (var place in server.PlaceNames)
            {
                servers[place] = key;
            }

            return servers.Select(entry => $"{entry.Key} {entry.Value}");
        });
    }

    private SortedDictionary<string, ServerKey> Parse(string[] lines)
    {
        var servers = new SortedDictionary<string, ServerKey>(StringComparer.Ordinal);
        foreach (var (number, line) in lines.Index().Where(entry => entry.Item.Length > 0 && entry.Item[0] != '#'))
        {
            if (line.Split(' ') is not [var server, var text] || !ServerKey.TryParse(text, out var key))
            {
                // A line that cannot be read must not turn a known server into a new one.
                throw new VaultException(
                    VaultErrorCode.ServerKeyChanged, $"{_file.FullPath} is damaged: line {number + 1} is no known server.",
                    "Mend or remove that line.");
            }

            servers[server] = key;
        }

        return servers;
    }
}
