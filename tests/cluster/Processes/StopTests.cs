using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Processes;

/// <summary>A process that is told to stop while it starts: it does, at once, and that is no failure.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();

    // Takes connections and says nothing.
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);

    public StopTests()
    {
        _silent.Start();
        ClusterKeys.Make(_folder.File("data"));
    }

    private string Silent => _silent.LocalEndpoint.ToString()!; // an address and a port

    public void Dispose()
    {
        _silent.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Silo_WaitsForRedis_Ends()
    {
        SkipOnWindows();
        await using var silo = ServerProgram.BeginServer("--role", "silo", "--data", _folder.File("data"), "--redis", Silent);
        using var connection = await _silent.AcceptTcpClientAsync().WaitAsync(Patience); // before it has a host

        await AssertEndsAsync(silo);
    }

    [SkippableFact]
    public async Task Gateway_WaitsForSilos_Ends()
    {
        SkipOnWindows();
        await using var gateway = ServerProgram.BeginGateway(
            "--data", _folder.File("content"), "--keys", _folder.File("data", "gateway.key"), "--silo", Silent, "--listen", "127.0.0.1:0");
        using var connection = await _silent.AcceptTcpClientAsync().WaitAsync(Patience); // while its host starts

        await AssertEndsAsync(gateway);
    }

    [SkippableFact]
    public async Task Server_InTheMiddleOfItsStart_EndsAndStartsAgain()
    {
        SkipOnWindows();
        var port = FreePort.Next();
        string[] options = ["--data", _folder.File("data"), "--listen", "127.0.0.1:0", "--silo-port", $"{port}"];
        await using (var server = ServerProgram.BeginServer(options))
        {
            await UntilListeningAsync(port); // for silos, which it does before it is one

            await AssertEndsAsync(server);
        }

        await using var again = await ServerProgram.StartServerAsync(options);
        Assert.Equal(0, await again.StopAsync());
    }

    private static async Task AssertEndsAsync(ServerProgram program)
    {
        Assert.Equal(0, await program.StopAsync());
        Assert.DoesNotContain("Unhandled exception", await program.Errors, StringComparison.Ordinal);
    }

    private static async Task UntilListeningAsync(int port)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port))
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private static void SkipOnWindows() => Skip.If(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
}
