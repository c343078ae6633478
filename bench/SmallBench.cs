using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Vault.Bench.Baselines;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>Many small files: sealed to the own key, with a password, and what <c>sftp</c> and <c>age | ssh</c> do with the same.</summary>
internal static class SmallBench
{
    private const int FileLength = 4 * 1024;

    // These cost so much for each file that a few tell.
    private const int PasswordCount = 16, AgeCount = 100;

    public static async Task RunAsync(int count)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"));
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
            await using var ssh = await SshServer.TryStartAsync(Path.Combine(folder, "ssh"));
            var source = await MakeAsync(Path.Combine(folder, "small"), count);

            Report.Section($"Small: {count} files of 4 KiB, client and server as two processes on this machine");
            var idle = server.Memory().Now;
            var first = await SendAsync(account.Session, source, "first", null);
            Report.Row("sent by processes that have just started, each encrypted to the own key and synced", $"{first:F2} s, {count / first:F0} files/s");
            var before = (Client: ServerProcess.OwnProcessorSeconds(), Server: server.ProcessorSeconds());
            var send = await SendAsync(account.Session, source, "small", null);
            var (client, silo) = (ServerProcess.OwnProcessorSeconds() - before.Client, server.ProcessorSeconds() - before.Server);
            Report.Row("sent again under other names", $"{send:F2} s, {count / send:F0} files/s");
            Report.Row("processor time for a file", $"client {client / count * 1e3:F2} ms, server {silo / count * 1e3:F2} ms");
            var after = server.Memory();
            await Task.Delay(TimeSpan.FromSeconds(15)); // by then a quiet server has given back what the requests left behind
            Report.Row("peak memory", $"client {ServerProcess.OwnPeak():F0} MiB, server {after.Peak:F0} MiB");
            Report.Row(
                $"memory of the server with {2 * count} files",
                $"{idle:F0} MiB before the first, {after.Now:F0} MiB after the last, {server.Memory().Now:F0} MiB when it has been quiet for 15 s");
            if (ssh is not null && Command.Find("sftp") is not null)
            {
                await Command.RunAsync("sync");
                var put = await Command.TimeAsync($"echo 'put -r {folder}/small {folder}/put' | sftp -b - {ssh.Options} 127.0.0.1 > /dev/null");
                Report.Row("sftp put -r of the same (nothing synced)", $"{put:F2} s, {count / put:F0} files/s; ours takes {send / put:F2} of its time");
            }

            if (ssh is not null && Command.Find("age") is not null)
            {
                var each = await AgeAsync(folder, ssh, [.. source.Take(AgeCount)]);
                Report.Row("age | ssh cat, one after the other (nothing synced)", $"{AgeCount} files in {each:F2} s, {AgeCount / each:F0} files/s");
            }

            var locked = await SendAsync(account.Session, [.. source.Take(PasswordCount)], "locked", new SendOptions { Password = password });
            Report.Row(
                "each with a password (scrypt, work factor 2^18)",
                $"{PasswordCount} files in {locked:F2} s, {PasswordCount / locked:F1} files/s");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string[]> MakeAsync(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        var paths = Enumerable.Range(0, count).Select(number => Path.Combine(folder, $"file-{number:D5}.bin")).ToArray();
        foreach (var path in paths)
        {
            await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(FileLength));
        }

        return paths;
    }

    private static async Task<double> SendAsync(VaultSession session, string[] paths, string folder, SendOptions? options)
    {
        await Command.RunAsync("sync"); // nobody waits for what another left unwritten
        var clock = Stopwatch.StartNew();
        var sent = 0;
        await foreach (var result in session.SendManyAsync(
            paths.Select(path => new SendItem(path, $"{folder}/{Path.GetFileName(path)}")), options, null, default))
        {
            _ = result.File ?? throw new InvalidOperationException("A file was not sent.", result.Error);
            sent++;
        }

        return sent == paths.Length ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"Only {sent} files were sent.");
    }

    private static async Task<double> AgeAsync(string folder, SshServer ssh, string[] paths)
    {
        await Command.RunAsync($"age-keygen -o {folder}/age.key 2> {folder}/age.pub");
        var recipient = (await File.ReadAllTextAsync($"{folder}/age.pub")).Split(' ')[^1].Trim();
        var script = string.Join('\n', paths.Select(path =>
            $"age -r {recipient} < {path} | ssh {ssh.Options} 127.0.0.1 'cat > {folder}/{Path.GetFileName(path)}.age' || exit 1"));
        await File.WriteAllTextAsync($"{folder}/age.sh", script);
        return await Command.TimeAsync($"sh {folder}/age.sh");
    }
}
