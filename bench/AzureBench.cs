using System.Diagnostics;
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
    private const int Rounds = 3;

    // As many parts of the same size in flight as the client has.
    private static readonly StorageTransferOptions Transfer = new()
    {
        InitialTransferSize = 4 * 1024 * 1024,
        MaximumTransferSize = 4 * 1024 * 1024,
        MaximumConcurrency = 4,
    };

    public static async Task RunAsync(long length)
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var azurite = await Azurite.StartAsync();
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"), azurite.ServerOptions(folder));
            var sdk = new BlobContainerClient(
                azurite.ConnectionString, azurite.NewContainer(), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05));
            await sdk.CreateAsync();
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
            await CompareAsync(folder, length, account.Session, sdk);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string folder, long length, VaultSession session, BlobContainerClient sdk)
    {
        var (source, target) = (Path.Combine(folder, "source.bin"), Path.Combine(folder, "target.bin"));
        await WriteRandomAsync(source, length);
        List<double> send = [], receive = [], upload = [], download = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var blob = sdk.GetBlockBlobClient($"round-{round}");
            VaultFile? file = null;
            double[] times =
            [
                await TimeAsync(async () =>
                {
                    await using var stream = File.OpenRead(source);
                    await blob.UploadAsync(stream, new BlobUploadOptions { TransferOptions = Transfer });
                }),
                await TimeAsync(async () => file = await session.SendAsync(source, $"round-{round}", null, null, default)),
                await TimeAsync(() => blob.DownloadToAsync(target, transferOptions: Transfer)),
                await TimeAsync(() => session.ReceiveAsync(file!, target + round, null, null, default)), // sent above
            ];
            File.Delete(target + round);
            await blob.DeleteAsync();
            await session.RemoveAsync(file!, default); // sent above
            if (round > 0)
            {
                // The first round only warms up.
                (upload, send, download, receive) = ([.. upload, times[0]], [.. send, times[1]], [.. download, times[2]], [.. receive, times[3]]);
            }
        }

        Report.Section($"Azure: {length / 1048576} MiB to the blob emulator, client, server and emulator as three processes on this machine");
        Row("send through the gateway", length, send, "the SDK's upload alone", upload);
        Row("receive through the gateway", length, receive, "the SDK's download alone", download);
    }

    private static void Row(string what, long length, List<double> ours, string other, List<double> theirs)
    {
        var (mine, baseline) = (Report.Median(ours), Report.Median(theirs));
        Report.Row(what, $"{Report.Rate(length, mine)}; {other} {Report.Rate(length, baseline)}: {100 * baseline / mine:F0} % of it");
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

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
}
