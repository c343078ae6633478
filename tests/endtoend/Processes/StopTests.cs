using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>What stays when an operator stops the server in the middle of work.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Stop_ConnectionsOpen_EndsCleanlyAndKeepsEverything()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        var content = RandomNumberGenerator.GetBytes(100_000);
        await File.WriteAllBytesAsync(_folder.File("source"), content);
        var first = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        await using (first)
        {
            await using var session = await SignUpAsync(first);
            await session.SendAsync(_folder.File("source"), "source", null, null, default);

            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var again = await VaultSession.ConnectAsync(second.Address, "ada@example.org", password, Options, default);
        var file = await again.FindAsync("source", default);
        await again.ReceiveAsync(file!, _folder.File("target"), null, null, default); // found, or this throws

        Assert.Equal(first.Address.Key, second.Address.Key);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder.File("target")));
    }

    [SkippableFact]
    public async Task Stop_WhileSending_EndsCleanlyAndLeavesNothingHalf()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        await File.WriteAllBytesAsync(_folder.File("source"), RandomNumberGenerator.GetBytes(40_000_000));
        var first = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        var acknowledged = new List<string>();
        await using (first)
        {
            await using var session = await SignUpAsync(first);
            var moving = new TaskCompletionSource();
            var sending = SendUntilStoppedAsync(session, acknowledged, moving);
            await Task.WhenAny(moving.Task, sending); // sending ends early only where it fails, below
            Assert.True(moving.Task.IsCompleted, "Nothing was sent.");

            Assert.Equal(0, await first.StopAsync());
            await sending;
        }

        await using var second = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var again = await VaultSession.ConnectAsync(second.Address, "ada@example.org", password, Options, default);
        var listed = new List<string>();
        await foreach (var file in again.ListAsync(default))
        {
            listed.Add(file.Name);
            await again.ReceiveAsync(file, _folder.File("back"), new ReceiveOptions { Overwrite = true }, null, default);
        }

        Assert.Empty(acknowledged.Except(listed));
    }

    private ConnectOptions Options => new() { StateFolder = _folder.File("state"), ReconnectFor = TimeSpan.FromSeconds(1) };

    private async Task SendUntilStoppedAsync(VaultSession session, List<string> acknowledged, TaskCompletionSource moving)
    {
        var progress = new Reporter(moving);
        for (var number = 0; ; number++)
        {
            try
            {
                await session.SendAsync(_folder.File("source"), $"file {number}", null, progress, default);
            }
            catch (VaultException)
            {
                moving.TrySetResult();
                return;
            }

            acknowledged.Add($"file {number}");
        }
    }

    private async Task<VaultSession> SignUpAsync(ServerProgram server)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, Options, default);
        return account.TakeSession();
    }

    private sealed class Reporter(TaskCompletionSource moving) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            if (value.Bytes > 0)
            {
                moving.TrySetResult();
            }
        }
    }
}
