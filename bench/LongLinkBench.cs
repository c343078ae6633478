using System.Globalization;
using System.Text;
using Vault.Bench.Baselines;
using Vault.Bench.LongLink;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>A server that is 50 ms away, without and with loss, beside <c>sftp</c> over the same link.</summary>
internal static class LongLinkBench
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(25);

    public static async Task RunAsync(long length)
    {
        Report.Section($"Long link: {length >> 20} MiB, {2 * OneWay.TotalMilliseconds:F0} ms for a round trip");
        foreach (var loss in new[] { 0, 0.01 })
        {
            var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
            try
            {
                await RunAsync(folder, loss == 0 ? length : length / 16, loss);
            }
            catch (IOException error)
            {
                Report.Note($"Not measured: {error.Message}");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>What runs in the client's namespace: prints seconds for a send and for a receive.</summary>
    public static async Task ClientAsync(string server, string folder, string source)
    {
        var address = ServerAddress.TryParse(server, out var parsed) ? parsed : throw new ArgumentException($"'{server}' is no address.", nameof(server));
        using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
        var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
        await using var account = await VaultAccount.CreateAsync(address, "ada@example.org", password, options, default);
        VaultFile? file = null;
        Print(await FilesBench.TimeAsync(async () => file = await account.Session.SendAsync(source, "far.bin", null, null, default)));
        Print(await FilesBench.TimeAsync(() => account.Session.ReceiveAsync(file!, Path.Combine(folder, "back.bin"), null, null, default))); // it was sent
    }

    private static void Print(double seconds) => Console.WriteLine(seconds.ToString(CultureInfo.InvariantCulture));

    private static async Task RunAsync(string folder, long length, double loss)
    {
        using var link = await EmulatedLink.CreateAsync(OneWay, loss);
        var source = Path.Combine(folder, "source.bin");
        await FilesBench.WriteRandomAsync(source, length);
        await using var server = await ServerProcess.StartInAsync(
            EmulatedLink.Far.Name, Path.Combine(folder, "data"), "--listen", $"{EmulatedLink.Far.Address}:0");
        var near = $"ip netns exec {EmulatedLink.Near.Name}";
        var output = await Command.ReadAsync(
            $"{near} dotnet {Path.Combine(AppContext.BaseDirectory, "Vault.Bench.dll")} long-client '{server.Pinned}' {folder} {source}");
        var times = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        await FilesBench.RequireSameAsync(source, Path.Combine(folder, "back.bin"));
        double[]? sftp = null;
        await using (var ssh = await SshServer.TryStartAsync(Path.Combine(folder, "ssh"), EmulatedLink.Far.Address, EmulatedLink.Far.Name, near))
        {
            if (ssh is not null && Command.Find("sftp") is not null)
            {
                sftp =
                [
                    await FilesBench.TimeAsync($"echo 'put {source} {folder}/put.bin' | {near} sftp -b - {ssh.Options} {EmulatedLink.Far.Address} > /dev/null"),
                    await FilesBench.TimeAsync($"echo 'get {folder}/put.bin {folder}/get.bin' | {near} sftp -b - {ssh.Options} {EmulatedLink.Far.Address} > /dev/null"),
                ];
            }
        }

        foreach (var (what, ours, theirs) in new[] { ("send", times[0], sftp?[0]), ("receive", times[1], sftp?[1]) })
        {
            Report.Row(
                $"{loss * 100:F0} % loss, {length >> 20} MiB, {what}",
                Report.Rate(length, ours) + (theirs is { } seconds
                    ? $"; sftp {Report.Rate(length, seconds)}, ours is {seconds / ours:F2} times that"
                    : ""));
        }

        Report.Row($"{loss * 100:F0} % loss, packets that were lost", $"{link.Lost * 100:F2} %");
    }
}
