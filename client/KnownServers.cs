using Vault.Protocol;

namespace Vault.Client;

/// <summary>The servers this person has met: a text file with one <c>host:port vaultserver1…</c> a line, as SSH's known_hosts.</summary>
public sealed class KnownServers(string folder)
{
    private const int Attempts = 50;

    private readonly string _path = Path.Combine(folder, "known_servers");

    /// <summary>The key this server had, at whichever of its places; null if it is new.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.ServerKeyChanged"/>: its places had different keys, so they are not one server.</exception>
    public ServerKey? Find(ServerAddress server)
    {
        ArgumentNullException.ThrowIfNull(server);
        var servers = Read();
        var keys = server.PlaceNames.Where(servers.ContainsKey).Select(place => servers[place]).Distinct().ToArray();
        return keys.Length <= 1
            ? keys.Length == 0 ? null : keys[0]
            : throw new VaultException(
                VaultErrorCode.ServerKeyChanged, $"{server} are different servers: this machine remembers different keys for them.",
                $"Name places of one server only, or remove the wrong line from {_path}.");
    }

    /// <summary>Remembers a key in place of what was remembered for the server, for all its places. Safe beside other processes that do the same.</summary>
    public void Remember(ServerAddress server, ServerKey key)
    {
        ArgumentNullException.ThrowIfNull(server);
        var known = Read();
        if (server.PlaceNames.All(place => known.TryGetValue(place, out var remembered) && remembered == key))
        {
            return;
        }

        CreateFolder();
        using var turn = Lock();
        var servers = Read();
        foreach (var place in server.PlaceNames)
        {
            servers[place] = key;
        }

        var temporary = $"{_path}.{Guid.NewGuid():N}";
        using (var writer = new StreamWriter(temporary, ForTheOwnerOnly()))
        {
            foreach (var (name, value) in servers)
            {
                writer.WriteLine($"{name} {value}");
            }
        }

        File.Move(temporary, _path, overwrite: true);
    }

    private SortedDictionary<string, ServerKey> Read()
    {
        var servers = new SortedDictionary<string, ServerKey>(StringComparer.Ordinal);
        string[] lines;
        try
        {
            lines = File.ReadAllLines(_path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return servers;
        }

        foreach (var (number, line) in lines.Index().Where(entry => entry.Item.Length > 0 && entry.Item[0] != '#'))
        {
            if (line.Split(' ') is not [var server, var text] || !ServerKey.TryParse(text, out var key))
            {
                // A line that cannot be read must not turn a known server into a new one.
                throw new VaultException(
                    VaultErrorCode.ServerKeyChanged, $"{_path} is damaged: line {number + 1} is no known server.", "Mend or remove that line.");
            }

            servers[server] = key;
        }

        return servers;
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Where somebody signs in is nobody else's business.
    private static FileStreamOptions ForTheOwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private FileStream Lock()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(20); // another process writes its line
            }
        }
    }
}
