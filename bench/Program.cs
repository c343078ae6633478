namespace Vault.Bench;

/// <summary><c>dotnet run -c Release --project bench -- [login | channel | files | idle | all]</c>.</summary>
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
            default:
                await Console.Error.WriteLineAsync("usage: bench [login | channel | files | idle | all]");
                return 2;
        }
    }
}
