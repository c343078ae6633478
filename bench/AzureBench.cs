using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.Tests.Support;

namespace Vault.Bench;

/// <summary>Files through the gateway to the blob emulator, beside what the Azure SDK alone reaches there, in turn, in one run.</summary>
internal static class AzureBench
{
    // What has just started is slower: what it runs is not compiled for speed yet.
    private const int WarmUps = 5, Rounds = 5;
    private const int SmallFiles = 200, SmallLength = 4 * 1024;
    private const double Gigabit = 125e6;

    // As many parts of the same size in flight as the client has.
    private static readonly StorageTransferOptions Transfer = new()
    {
        InitialTransferSize = 4 * 1024 * 1024,
        MaximumTransferSize = 4 * 1024 * 1024,
        MaximumConcurrency = 4,
    };

    private static readonly BlobUploadOptions Plain = new() { TransferOptions = Transfer };

    // The service compares every block with it, as it does with ours.
    private static readonly BlobUploadOptions Checked = new()
    {
        TransferOptions = Transfer,
        TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
    };

    public static async Task RunAsync(long length)
    {
        await using var azurite = await Azurite.StartSteadyAsync();
        Report.Section($"Azure: {length / 1048576} MiB to the blob emulator, client, server and emulator as three processes on this machine");
        await RunAsync(azurite, azurite.Port, async (folder, session, sdk, meter) =>
        {
            await CompareAsync(folder, length, session, sdk, meter);
            await CompareSmallAsync(Path.Combine(folder, "small"), session, sdk, meter);
        });

        await using var link = new CountingRelay(azurite.Port, Gigabit);
        Report.Section("The same, where 1 Gbit/s each way leads to the emulator, for the SDK as for the server");
        await RunAsync(azurite, link.Port, (folder, session, sdk, meter) => CompareAsync(folder, length, session, sdk, meter));
    }

    /// <param name="azurite">The emulator.</param>
    /// <param name="port">Where the SDK and the server reach it.</param>
    /// <param name="compare">What is measured, with a server of its own.</param>
    private static async Task RunAsync(
        Azurite azurite, int port, Func<string, VaultSession, BlobContainerClient, Meter, Task> compare)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"), azurite.ServerOptions(folder, port));
            var sdk = new BlobContainerClient(
                Azurite.ConnectionStringFor(port), azurite.NewContainer(), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05));
            await sdk.CreateAsync();
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
            using var emulator = Process.GetProcessById(azurite.ProcessId);
            await compare(folder, account.Session, sdk, new Meter(server, azurite, emulator));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string folder, long length, VaultSession session, BlobContainerClient sdk, Meter meter)
    {
        var (source, target) = (Path.Combine(folder, "source.bin"), Path.Combine(folder, "target.bin"));
        await WriteRandomAsync(source, length);
        List<Cost> upload = [], checkedUpload = [], send = [], download = [], receive = [];
        for (var round = 0; round < WarmUps + Rounds; round++)
        {
            var blob = sdk.GetBlockBlobClient($"round-{round}");
            VaultFile? file = null;
            upload.Add(await meter.MeasureAsync(() => UploadAsync(source, blob, Plain)));
            checkedUpload.Add(await meter.MeasureAsync(() => UploadAsync(source, blob, Checked)));
            send.Add(await meter.MeasureAsync(async () => file = await session.SendAsync(source, $"round-{round}", null, null, default)));
            download.Add(await meter.MeasureAsync(() => blob.DownloadToAsync(target, transferOptions: Transfer)));
            receive.Add(await meter.MeasureAsync(() => session.ReceiveAsync(file!, target + round, null, null, default))); // sent above
            File.Delete(target + round);
            await blob.DeleteAsync();
            await session.RemoveAsync(file!, default); // sent above
        }

        Row("the SDK's upload alone, its defaults", length, upload);
        Row("the SDK's upload alone, with the MD5 of each block", length, checkedUpload);
        Row("send through the gateway", length, send);
        Report.Row("send, of the SDK's upload", $"{Percent(upload, send)} of its defaults, {Percent(checkedUpload, send)} of the one with MD5");
        Row("the SDK's download alone", length, download);
        Row("receive through the gateway", length, receive);
        Report.Row("receive, of the SDK's download", Percent(download, receive));
    }

    private static async Task CompareSmallAsync(string folder, VaultSession session, BlobContainerClient sdk, Meter meter)
    {
        Directory.CreateDirectory(folder);
        var paths = Enumerable.Range(0, SmallFiles).Select(number => Path.Combine(folder, $"{number:D3}.bin")).ToArray();
        foreach (var path in paths)
        {
            await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(SmallLength));
        }

        List<Cost> upload = [], send = [];
        for (var round = 0; round < WarmUps + Rounds; round++)
        {
            // As many at once as the server stores of a batch.
            upload.Add(await meter.MeasureAsync(() => Parallel.ForEachAsync(
                paths, new ParallelOptions { MaxDegreeOfParallelism = 64 },
                async (path, stop) => await UploadAsync(path, sdk.GetBlockBlobClient($"{round}/{Path.GetFileName(path)}"), Checked))));
            send.Add(await meter.MeasureAsync(async () =>
            {
                await foreach (var result in session.SendManyAsync(
                    paths.Select(path => new SendItem(path, $"{round}/{Path.GetFileName(path)}")), null, null, default))
                {
                    _ = result.File ?? throw new InvalidOperationException("A file was not sent.", result.Error);
                }
            }));
        }

        SmallRow($"{SmallFiles} files of {SmallLength / 1024} KiB, the SDK's uploads alone", upload);
        SmallRow($"{SmallFiles} files of {SmallLength / 1024} KiB, sent", send);
    }

    private static async Task UploadAsync(string source, BlockBlobClient blob, BlobUploadOptions options)
    {
        await using var stream = File.OpenRead(source);
        await blob.UploadAsync(stream, options);
    }

    private static void Row(string what, long length, List<Cost> costs) =>
        Report.Row(what, $"{Report.Rate(length, Middle(costs, cost => cost.Elapsed))}; {Details(costs)}");

    private static void SmallRow(string what, List<Cost> costs) => Report.Row(what, string.Create(
        CultureInfo.InvariantCulture,
        $"{Middle(costs, cost => cost.Elapsed):F2} s, {SmallFiles / Middle(costs, cost => cost.Elapsed):F0} files/s; {Details(costs)}"));

    private static string Details(List<Cost> costs) => string.Create(
        CultureInfo.InvariantCulture,
        $"processor time: client {Middle(costs, cost => cost.Client):F2} s, server {Middle(costs, cost => cost.Server):F2} s, "
            + $"emulator {Middle(costs, cost => cost.Emulator):F2} s, unused {100 * Middle(costs, cost => cost.Free):F0} %; "
            + $"{Middle(costs, cost => cost.Requests):F0} requests to the emulator");

    private static string Percent(List<Cost> theirs, List<Cost> ours) => string.Create(
        CultureInfo.InvariantCulture, $"{100 * Middle(theirs, cost => cost.Elapsed) / Middle(ours, cost => cost.Elapsed):F0} %");

    private static double Middle(List<Cost> costs, Func<Cost, double> part) => Report.Median(costs.Skip(WarmUps).Select(part));

    private static async Task WriteRandomAsync(string path, long length)
    {
        var buffer = new byte[1024 * 1024];
        await using var file = File.Create(path);
        for (var written = 0L; written < length; written += buffer.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            await file.WriteAsync(buffer);
        }
    }

    /// <summary>What a transfer took, in seconds: by the clock, and of each process's processor time; and what part of the machine was unused.</summary>
    private sealed record Cost(double Elapsed, double Client, double Server, double Emulator, double Free, double Requests);

    private sealed class Meter(ServerProcess server, Azurite azurite, Process emulator)
    {
        private static readonly TimeSpan LogDelay = TimeSpan.FromMilliseconds(200);

        public async Task<Cost> MeasureAsync(Func<Task> work)
        {
            var (client, stored, kept) = Read();
            var requests = azurite.Requests;
            var all = new ProcessorTime();
            var clock = Stopwatch.StartNew();
            await work();
            var (elapsed, free) = (clock.Elapsed.TotalSeconds, all.Free);
            var after = Read();
            await Task.Delay(LogDelay);
            return new Cost(
                elapsed, after.Client - client, after.Server - stored, after.Emulator - kept, free, azurite.Requests - requests);
        }

        private (double Client, double Server, double Emulator) Read()
        {
            emulator.Refresh();
            return (ServerProcess.OwnProcessorSeconds(), server.ProcessorSeconds(), emulator.TotalProcessorTime.TotalSeconds);
        }
    }
}
