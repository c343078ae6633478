using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>A process killed in the middle of a transfer, and the same line again in another one.</summary>
public sealed class ResumeTests : IAsyncLifetime, IDisposable
{
    private const int Length = 256 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private Server _server = null!; // xunit calls InitializeAsync first
    private string _email = "";
    private byte[] _hash = [];

    public async Task InitializeAsync()
    {
        _server = await Server.StartAsync();
        _email = _server.NewEmail();
        using var shell = _server.SignedUp(_email);
        var content = RandomNumberGenerator.GetBytes(Length);
        _hash = SHA256.HashData(content);
        _folder.Write("large.bin", content);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Send_ProcessKilledAtHalf_SameLineMovesAtMostTheOtherHalf()
    {
        const string Line = "Send-VaultFile -LiteralPath $path -ThrottleLimit 1";
        await KillAtHalfAsync(Line, up: true);

        var moved = await RunAsync(Line, up: true);

        Assert.InRange(moved, 1, (long)(Length * 0.55));
        using var shell = new VaultShell();
        Connect(shell, _server.Address);
        shell.Run("param($d) Receive-VaultFile large.bin $d", _folder.At("back.bin")).MustSucceed();
        Assert.Equal(_hash, SHA256.HashData(await File.ReadAllBytesAsync(_folder.At("back.bin"))));
        Assert.Equal(["1"], shell.Run("(Get-VaultFile large.bin).Version").Texts);
    }

    [Fact]
    public async Task Receive_ProcessKilledAtHalf_SameLineMovesAtMostTheOtherHalf()
    {
        using (var shell = new VaultShell())
        {
            Connect(shell, _server.Address);
            shell.Run("param($p) Send-VaultFile -LiteralPath $p", _folder.At("large.bin")).MustSucceed();
        }

        const string Line = "Receive-VaultFile large.bin ($path + '.back') -ThrottleLimit 1";
        await KillAtHalfAsync(Line, up: false);
        Assert.False(File.Exists(_folder.At("large.bin.back")));

        var moved = await RunAsync(Line, up: false);

        Assert.InRange(moved, 1, (long)(Length * 0.55));
        Assert.Equal(_hash, SHA256.HashData(await File.ReadAllBytesAsync(_folder.At("large.bin.back"))));
        Assert.Equal(2, Directory.EnumerateFiles(_folder.At("")).Count()); // nothing temporary is left
    }

    private void Connect(VaultShell shell, string address) => shell.Run(
        "param($server, $email, $password) Connect-Vault -Server $server -Email $email -Password $password",
        address, _email, VaultShell.Secure(Server.Password)).MustSucceed();

    /// <summary>Runs a line until half of the file has moved, then kills the process.</summary>
    private async Task KillAtHalfAsync(string line, bool up)
    {
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var moved = 0L;
        await using var proxy = new TcpProxy(_server.Port, (_, length, isUp) =>
        {
            if (isUp == up && Interlocked.Add(ref moved, length) > Length / 2)
            {
                half.TrySetResult();
                return false; // no more of it passes, however long the kill takes
            }

            return true;
        });
        using var process = Start(line, proxy.Port);
        await half.Task.WaitAsync(Patience);
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Runs a line to its end.</summary>
    /// <returns>The bytes that moved, all of the connection's included.</returns>
    private async Task<long> RunAsync(string line, bool up)
    {
        var moved = 0L;
        await using var proxy = new TcpProxy(
            _server.Port, (_, length, isUp) => Interlocked.Add(ref moved, isUp == up ? length : 0) >= 0);
        using var process = Start(line, proxy.Port);
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, await errors);
        return Interlocked.Read(ref moved);
    }

    private Process Start(string line, int port)
    {
        var script = $$"""
            param($manifest, $server, $email, $password, $path)
            $ErrorActionPreference = 'Stop'
            Import-Module $manifest
            $secret = [securestring]::new()
            $password.ToCharArray().ForEach({ $secret.AppendChar($_) })
            Connect-Vault -Server $server -Email $email -Password $secret
            {{line}}
            """;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var host = Path.Combine(
            Repository.Root, "tests", "powershell", "host", "bin", configuration, "net10.0", "Vault.PowerShell.Host.dll");
        return Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                host, script, VaultShell.Manifest,
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}#{_server.Key}"), _email, Server.Password, _folder.At("large.bin"),
            ])
        {
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}
