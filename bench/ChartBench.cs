using System.Security.Cryptography;
using System.Text;
using ScottPlot;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>Throughput against file size and against clients, measured and drawn into <c>docs/</c>.</summary>
internal static class ChartBench
{
    private const int Width = 900, Height = 500;
    private const long TotalBytes = 256L << 20;
    private const int MostFiles = 2_000;

    private static readonly long[] Lengths = [4 << 10, 32 << 10, 256 << 10, 1 << 20, 4 << 20, 32 << 20, 256 << 20];
    private static readonly int[] Crowds = [1, 4, 20, 50, 100, 200];
    private static readonly TimeSpan CrowdTime = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string docs)
    {
        var sizes = await MeasureSizesAsync();
        using var bySize = New("Throughput by file size: many files, one client and one server on a machine of 2 cores", "file size");
        var positions = Enumerable.Range(0, Lengths.Length).Select(position => (double)position).ToArray();
        Line(bySize, positions, [.. sizes.Select(figure => figure.Send)], "send");
        Line(bySize, positions, [.. sizes.Select(figure => figure.Receive)], "receive");
        bySize.Axes.Bottom.SetTicks(positions, [.. Lengths.Select(Name)]);
        bySize.SavePng(Path.Combine(docs, "throughput-by-size.png"), Width, Height);

        var crowds = new List<CrowdFigures>();
        foreach (var processes in Crowds)
        {
            crowds.Add(await CrowdBench.RunAsync(processes, 1, CrowdTime));
        }

        using var byClients = New("Throughput by clients, each a process that sends files of 4 MiB, all on the server's machine of 2 cores", "clients at once");
        var places = Enumerable.Range(0, Crowds.Length).Select(position => (double)position).ToArray();
        Line(byClients, places, [.. crowds.Select(figure => figure.Rate)], "all together");
        byClients.Axes.Bottom.SetTicks(places, [.. Crowds.Select(crowd => $"{crowd}")]);
        byClients.SavePng(Path.Combine(docs, "throughput-by-clients.png"), Width, Height);

        Report.Section("Charts: throughput by file size and by clients");
        foreach (var (length, (send, receive)) in Lengths.Zip(sizes))
        {
            Report.Row($"files of {Name(length)}", $"send {send:F1} MiB/s, receive {receive:F1} MiB/s");
        }

        foreach (var (processes, figures) in Crowds.Zip(crowds))
        {
            Report.Row($"{processes} clients", $"{figures.Rate:F0} MiB/s together, server's memory at most {figures.Memory:F0} MiB");
        }
    }

    private static async Task<List<(double Send, double Receive)>> MeasureSizesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("vault-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"));
            using var password = new SecretBytes(Encoding.UTF8.GetBytes("correct horse battery staple"));
            var options = new ConnectOptions { StateFolder = Path.Combine(folder, "state") };
            await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
            var figures = new List<(double, double)>();
            await MeasureAsync(account.Session, folder, 64 << 10); // what has just started is slower
            foreach (var length in Lengths)
            {
                figures.Add(await MeasureAsync(account.Session, folder, length));
            }

            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Send, double Receive)> MeasureAsync(VaultSession session, string folder, long length)
    {
        var count = (int)Math.Clamp(TotalBytes / length, 1, MostFiles);
        var source = Directory.CreateDirectory(Path.Combine(folder, "source")).FullName;
        var bytes = RandomNumberGenerator.GetBytes((int)length);
        var items = new List<SendItem>();
        for (var number = 0; number < count; number++)
        {
            var path = Path.Combine(source, $"{number}.bin");
            await File.WriteAllBytesAsync(path, bytes);
            items.Add(new SendItem(path, $"{length}/{number}-{Guid.NewGuid():N}.bin"));
        }

        var sent = new List<VaultFile>();
        var send = await FilesBench.TimeAsync(async () =>
        {
            await foreach (var result in session.SendManyAsync(items, null, null, default))
            {
                sent.Add(result.File ?? throw new InvalidOperationException("A file was not sent.", result.Error));
            }
        });
        var target = Path.Combine(folder, "target");
        var receive = await FilesBench.TimeAsync(async () =>
        {
            var targets = sent.Select((file, number) => new ReceiveItem(file, Path.Combine(target, $"{number}.bin")));
            await foreach (var result in session.ReceiveManyAsync(targets, null, null, default))
            {
                _ = result.Error is { } error ? throw new InvalidOperationException("A file was not received.", error) : result;
            }
        });
        Directory.Delete(source, recursive: true);
        Directory.Delete(target, recursive: true);
        var total = count * length / 1048576.0;
        return (total / send, total / receive);
    }

    private static Plot New(string title, string across)
    {
        var plot = new Plot();
        plot.Title(title, size: 16);
        plot.XLabel(across);
        plot.YLabel("MiB/s");
        plot.ShowLegend(Alignment.UpperLeft);
        return plot;
    }

    private static void Line(Plot plot, double[] places, double[] rates, string name)
    {
        var line = plot.Add.Scatter(places, rates);
        (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 8);
        plot.Axes.SetLimitsY(0, Math.Max(plot.Axes.GetLimits().Top, rates.Max() * 1.15));
        for (var index = 0; index < places.Length; index++)
        {
            var text = plot.Add.Text($"{rates[index]:F0}", places[index], rates[index]);
            (text.LabelFontColor, text.OffsetY, text.LabelAlignment) = (line.Color, -6, Alignment.LowerCenter);
        }
    }

    private static string Name(long length) => length < 1 << 20 ? $"{length >> 10} KiB" : $"{length >> 20} MiB";
}
