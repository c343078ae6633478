namespace Vault.Client;

/// <summary>The account that this person used last at each server, and no secret: a text file with one <c>host:port e-mail</c> a line,
/// the server used last at the end.</summary>
public sealed class RememberedAccounts(string folder)
{
    private readonly StateFile _file = new(folder, "accounts");

    /// <summary>One account for each server; the one used last at the end.</summary>
    public IReadOnlyList<(string Server, string Email)> All =>
        [.. _file.Read().Select(line => line.Split(' ', 2)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1]))];

    /// <summary>The account used last at a server; null for none.</summary>
    public string? Find(ServerAddress server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return All.LastOrDefault(account => account.Server == server.ToString()).Email;
    }

    /// <summary>Remembers an account in place of the one remembered for the server, and the server as the one used last.</summary>
    public void Remember(ServerAddress server, string email)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentException.ThrowIfNullOrEmpty(email);
        if (All is [.., var last] && last == (server.ToString(), email))
        {
            return;
        }

        _file.Change(lines => lines.Where(line => !line.StartsWith($"{server} ", StringComparison.Ordinal)).Append($"{server} {email}"));
    }

    /// <summary>Forgets an account that is closed.</summary>
    public void Forget(ServerAddress server, string email)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (All.Contains((server.ToString(), email)))
        {
            _file.Change(lines => lines.Where(line => line != $"{server} {email}"));
        }
    }
}
