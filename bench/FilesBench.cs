using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Vault.Bench.Baselines;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>Files end to end beside what a person would use instead: <c>age | ssh cat</c> and <c>sftp</c>, in turn, in one run.</summary>
internal static class FilesBench
{
    private const int SmallCount = 1_000;
    private const int SmallLength = 4 * 1024;

    /// <param name="length">Of the large file; three times as much has to fit on the disk.</param>
    /// <param name="rounds">How often each moves it.</param>
    public static async Task RunAsync(long length, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"));
            Report.Section($"Files: {length / 1048576} MiB, {rounds} times, and {SmallCount} files of 4 KiB, client and server as two processes on this machine");
            Report.Row("server, from start to listening", $"{server.StartTime.TotalSeconds:F2} s");
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
            await using var ssh = await SshServer.TryStartAsync(Path.Combine(folder, "ssh"));
            var age = Command.Find("age") is not null && ssh is not null ? await AgeKeyAsync(folder) : null;

            await LargeAsync(folder, length, rounds, account.Session, server, ssh, age);
            await SmallAsync(folder, account.Session, ssh);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task LargeAsync(
        string folder, long length, int rounds, VaultSession session, ServerProcess server, SshServer? ssh, string? recipient)
    {
        var source = Path.Combine(folder, "large.bin");
        await WriteRandomAsync(source, length);
        var work = new List<(double SendClient, double SendServer, double ReceiveClient, double ReceiveServer)>();
        List<double> send = [], receive = [], ageSend = [], ageReceive = [], sftpPut = [], sftpGet = [];
        for (var round = 0; round < rounds; round++)
        {
            var target = Path.Combine(folder, $"back-{round}.bin");
            VaultFile? file = null;
            var before = (Client: ServerProcess.OwnProcessorSeconds(), Server: server.ProcessorSeconds());
            send.Add(await TimeAsync(async () => file = await session.SendAsync(source, $"large-{round}.bin", null, null, default)));
            var between = (Client: ServerProcess.OwnProcessorSeconds(), Server: server.ProcessorSeconds());
            receive.Add(await TimeAsync(() => session.ReceiveAsync(file!, target, null, null, default)));
            work.Add((between.Client - before.Client, between.Server - before.Server,
                ServerProcess.OwnProcessorSeconds() - between.Client, server.ProcessorSeconds() - between.Server));
            await RequireSameAsync(source, target);
            File.Delete(target);
            await session.RemoveAsync(file!, default);
            if (ssh is not null && recipient is not null)
            {
                ageSend.Add(await TimeAsync($"age -r {recipient} < {source} | ssh {ssh.Options} 127.0.0.1 'cat > {folder}/large.age'"));
                ageReceive.Add(await TimeAsync($"ssh {ssh.Options} 127.0.0.1 'cat {folder}/large.age' | age -d -i {folder}/age.key > {target}"));
                File.Delete(target);
                File.Delete(Path.Combine(folder, "large.age"));
            }

            if (ssh is not null && Command.Find("sftp") is not null)
            {
                sftpPut.Add(await TimeAsync($"echo 'put {source} {folder}/put.bin' | sftp -b - {ssh.Options} 127.0.0.1 > /dev/null"));
                sftpGet.Add(await TimeAsync($"echo 'get {folder}/put.bin {target}' | sftp -b - {ssh.Options} 127.0.0.1 > /dev/null"));
                File.Delete(target);
                File.Delete(Path.Combine(folder, "put.bin"));
            }
        }

        Compare("send", length, send, ("age | ssh cat", ageSend), ("sftp put", sftpPut));
        Compare("receive", length, receive, ("ssh cat | age -d", ageReceive), ("sftp get", sftpGet));
        Report.Row("round by round", $"send {EachRate(length, send)}; receive {EachRate(length, receive)}");
        var gib = length / (double)(1L << 30);
        Report.Row("processor time for 1 GiB",
            $"send: client {Report.Median([.. work.Select(w => w.SendClient)]) / gib:F1} s, server {Report.Median([.. work.Select(w => w.SendServer)]) / gib:F1} s; "
            + $"receive: client {Report.Median([.. work.Select(w => w.ReceiveClient)]) / gib:F1} s, server {Report.Median([.. work.Select(w => w.ReceiveServer)]) / gib:F1} s");
        Report.Row("peak memory", $"client {ServerProcess.OwnPeak():F0} MiB, server {server.Memory().Peak:F0} MiB");
        File.Delete(source);
    }

    private static async Task SmallAsync(string folder, VaultSession session, SshServer? ssh)
    {
        var small = Directory.CreateDirectory(Path.Combine(folder, "small")).FullName;
        var names = Enumerable.Range(0, SmallCount).Select(number => $"file-{number:D4}.bin").ToArray();
        foreach (var name in names)
        {
            await File.WriteAllBytesAsync(Path.Combine(small, name), RandomNumberGenerator.GetBytes(SmallLength));
        }

        var sent = new List<VaultFile>();
        var send = await TimeAsync(async () =>
        {
            await foreach (var result in session.SendManyAsync(
                names.Select(name => new SendItem(Path.Combine(small, name), $"small/{name}")), null, null, default))
            {
                sent.Add(result.File ?? throw new InvalidOperationException("A file was not sent.", result.Error));
            }
        });
        var list = await TimeAsync(async () =>
        {
            await foreach (var _ in session.ListAsync(default))
            {
            }
        });
        var back = Directory.CreateDirectory(Path.Combine(folder, "back")).FullName;
        var receive = await TimeAsync(() => Parallel.ForEachAsync(
            sent, new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (file, stop) => await session.ReceiveAsync(file, Path.Combine(back, Path.GetFileName(file.Name)), null, null, stop)));
        Report.Row($"{SmallCount} files of 4 KiB, sent", $"{send:F2} s, {SmallCount / send:F0} files/s");
        Report.Row($"{SmallCount} files listed", $"{list * 1000:F0} ms");
        Report.Row($"{SmallCount} files of 4 KiB, received", $"{receive:F2} s, {SmallCount / receive:F0} files/s");
        if (ssh is not null && Command.Find("sftp") is not null)
        {
            var put = await TimeAsync($"echo 'put -r {small} {folder}/small-put' | sftp -b - {ssh.Options} 127.0.0.1 > /dev/null");
            Report.Row("sftp put -r of the same (nothing synced)", $"{put:F2} s; ours takes {send / put:F2} of its time");
        }
    }

    private static void Compare(string what, long length, List<double> ours, params (string Name, List<double> Times)[] others)
    {
        var own = Report.Median(ours);
        var text = string.Concat(others.Where(other => other.Times.Count > 0).Select(other =>
            $"; {other.Name} {Report.Rate(length, Report.Median(other.Times))}, ours is {Report.Median(other.Times) / own:F2} times that"));
        Report.Row(what, Report.Rate(length, own) + text);
    }

    // What has just started is slower.
    private static string EachRate(long length, List<double> times) => string.Join(", ", times.Select(time => Report.Rate(length, time)));

    private static async Task<string> AgeKeyAsync(string folder)
    {
        await Command.RunAsync($"age-keygen -o {folder}/age.key 2> {folder}/age.pub");
        return (await File.ReadAllTextAsync($"{folder}/age.pub")).Split(' ')[^1].Trim();
    }

    internal static async Task WriteRandomAsync(string path, long length)
    {
        await using var file = File.Create(path);
        var block = new byte[1024 * 1024];
        for (var left = length; left > 0; left -= block.Length)
        {
            RandomNumberGenerator.Fill(block);
            await file.WriteAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)));
        }
    }

    internal static async Task RequireSameAsync(string first, string second)
    {
        await using var one = File.OpenRead(first);
        await using var two = File.OpenRead(second);
        var (left, right) = (await SHA256.HashDataAsync(one), await SHA256.HashDataAsync(two));
        if (!left.AsSpan().SequenceEqual(right))
        {
            throw new InvalidOperationException("What came back is not what was sent.");
        }
    }

    // Each starts on a disk that has nothing to catch up on: ours syncs, and would else wait for what the others left unwritten.
    private static Task SettleAsync() => Command.RunAsync("sync");

    internal static async Task<double> TimeAsync(string command)
    {
        await SettleAsync();
        return await Command.TimeAsync(command);
    }

    internal static async Task<double> TimeAsync(Func<Task> work)
    {
        await SettleAsync();
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }
}
