using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Vault.Bench.Baselines;

/// <summary>OpenSSH's server on a free loopback port with keys of its own, for the comparisons with sftp and age | ssh.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly int _port;

    private SshServer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        _port = port;
    }

    /// <summary>Options that ssh and sftp both take.</summary>
    public string Options =>
        $"-q -i {_folder}/user -o Port={_port} -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile={_folder}/known_hosts";

    /// <summary>Starts the server; null where OpenSSH's server is not installed.</summary>
    /// <param name="folder">For its keys and configuration.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="networkNamespace">Where it runs; null for this process's own.</param>
    /// <param name="near">Goes before the client's programs, to run them elsewhere.</param>
    public static async Task<SshServer?> TryStartAsync(
        string folder, string address = "127.0.0.1", string? networkNamespace = null, string near = "")
    {
        if (Command.Find("sshd") is not { } sshd || Command.Find("ssh-keygen") is null)
        {
            return null;
        }

        Directory.CreateDirectory(folder);
        await Command.RunAsync($"cd {folder} && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user");
        await Command.RunAsync($"cp {folder}/user.pub {folder}/authorized && mkdir -p /run/sshd");
        var port = FreePort();
        await File.WriteAllTextAsync($"{folder}/config", $"""
            ListenAddress {address}:{port}
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/authorized
            PidFile none
            StrictModes no
            UsePAM no
            Subsystem sftp internal-sftp

            """);
        string[] arguments = ["-D", "-e", "-f", $"{folder}/config"];
        var start = networkNamespace is null
            ? new ProcessStartInfo(sshd, arguments)
            : new ProcessStartInfo("ip", ["netns", "exec", networkNamespace, sshd, .. arguments]);
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var server = new SshServer(process, folder, port);
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                await Command.RunAsync($"{near} ssh {server.Options} {address} true");
                return server;
            }
            catch (InvalidOperationException) when (attempt < 49)
            {
                await Task.Delay(100);
            }
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
