using System.Globalization;

namespace Vault.Bench;

/// <summary><c>dotnet run -c Release --project bench -- [login | channel | files | files10 | small | long | crowd | chart | shares | azure | account | idle | cluster | module | resume | progress | all]</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args.FirstOrDefault() ?? "all")
        {
            case "login":
                await LoginBench.RunAsync();
                return 0;
            case "channel":
                await ChannelBench.RunAsync();
                return 0;
            case "files":
                await FilesBench.RunAsync(1L << 30, rounds: 6);
                return 0;
            case "files10":
                await FilesBench.RunAsync(10L << 30, rounds: 1);
                return 0;
            case "small":
                await SmallBench.RunAsync(10_000);
                return 0;
            case "long":
                await LongLinkBench.RunAsync(1L << 30);
                return 0;
            case "long-client" when args is [_, var server, var folder, var source]:
                await LongLinkBench.ClientAsync(server, folder, source);
                return 0;
            case "crowd":
                await CrowdBench.ReportAsync(
                    int.Parse(args.ElementAtOrDefault(1) ?? "200", CultureInfo.InvariantCulture),
                    int.Parse(args.ElementAtOrDefault(2) ?? "1", CultureInfo.InvariantCulture),
                    TimeSpan.FromSeconds(int.Parse(args.ElementAtOrDefault(3) ?? "60", CultureInfo.InvariantCulture)));
                return 0;
            case "crowd-client" when args is [_, var server, var folder, var source, var count, var seconds]:
                await CrowdBench.ClientAsync(
                    server, folder, source, int.Parse(count, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));
                return 0;
            case "chart":
                await ChartBench.RunAsync(args.ElementAtOrDefault(1) ?? "docs");
                return 0;
            case "shares":
                await SharesBench.RunAsync();
                return 0;
            case "azure":
                await AzureBench.RunAsync(256L << 20);
                return 0;
            case "account":
                await AccountBench.RunAsync();
                return 0;
            case "idle":
                await IdleBench.RunAsync();
                return 0;
            case "cluster":
                await ClusterBench.RunAsync();
                return 0;
            case "module":
                await ModuleBench.RunAsync();
                return 0;
            case "resume":
                await ResumeBench.RunAsync(1L << 30);
                return 0;
            case "resume-client" when args is [_, var server, var folder, var source, var name]:
                await ResumeBench.ClientAsync(server, folder, source, name);
                return 0;
            case "progress":
                await ProgressBench.RunAsync();
                return 0;
            case "all":
                await LoginBench.RunAsync();
                await ChannelBench.RunAsync();
                await IdleBench.RunAsync();
                await FilesBench.RunAsync(1L << 30, rounds: 6);
                await SmallBench.RunAsync(10_000);
                await SharesBench.RunAsync();
                await AccountBench.RunAsync();
                await ClusterBench.RunAsync();
                return 0;
            default:
                await Console.Error.WriteLineAsync("usage: bench [login | channel | files | files10 | small | long | crowd | chart | shares | azure | account | idle | cluster | module | resume | progress | all]");
                return 2;
        }
    }
}
