using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>kill -9 of the server in the middle of work: what was acknowledged is there, the rest is whole or absent.</summary>
public sealed class KillTests
{
    private const int Rounds = 3;

    [Fact]
    public async Task Server_KilledWhileSending_KeepsEverythingItAcknowledged()
    {
        using var folder = new TemporaryFolder();
        var options = new ConnectOptions { StateFolder = folder.File("state"), ReconnectFor = TimeSpan.Zero };
        var acknowledged = new ConcurrentDictionary<string, byte[]>();
        var attempted = new ConcurrentDictionary<string, byte[]>();
        var port = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await ServerProgram.StartServerAsync("--data", folder.File("data"), "--listen", $"127.0.0.1:{port}");
            port = server.Address.Port;
            await using var session = await SignInAsync(server.Address, round == 0, options);
            await RequireAsync(session, acknowledged, attempted, folder);

            var someSent = new TaskCompletionSource();
            var sending = Enumerable.Range(0, 4).Select(worker => SendUntilKilledAsync(
                session, folder, $"round-{round}-{worker}", acknowledged, attempted, someSent)).ToArray();
            await Task.WhenAny([someSent.Task, .. sending]);
            Assert.True(someSent.Task.IsCompleted, "Nothing was acknowledged.");
            await server.KillAsync();
            await Task.WhenAll(sending);
        }

        await using var last = await ServerProgram.StartServerAsync("--data", folder.File("data"), "--listen", "127.0.0.1:0");
        await using var final = await SignInAsync(last.Address, first: false, options);
        await RequireAsync(final, acknowledged, attempted, folder);
        Assert.True(acknowledged.Count >= Rounds * 20);
    }

    [Fact]
    public async Task Server_KilledAtHalfOfASend_TheSameCallSendsAtMostTheOtherHalf()
    {
        const int Length = 128 * 1024 * 1024;
        using var folder = new TemporaryFolder();
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(folder.File("source"), content);
        var options = new ConnectOptions { StateFolder = folder.File("state"), ReconnectFor = TimeSpan.Zero };
        var server = await ServerProgram.StartServerAsync("--data", folder.File("data"), "--listen", "127.0.0.1:0");
        await using var first = server;
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var moved = 0L;
        await using var proxy = new TcpProxy(server.Address.Port, (_, length, up) =>
        {
            if (up && Interlocked.Add(ref moved, length) > Length / 2)
            {
                half.TrySetResult();
            }

            return true;
        });
        await using var session = await SignInAsync(new ServerAddress("127.0.0.1", proxy.Port, server.Address.Key), first: true, options);
        var sending = session.SendAsync(folder.File("source"), "large", new SendOptions { ThrottleLimit = 1 }, null, default);
        await half.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await server.KillAsync();
        Assert.Equal(VaultErrorCode.ServerUnreachable, (await Assert.ThrowsAsync<VaultException>(() => sending)).Code);

        await using var second = await ServerProgram.StartServerAsync(
            "--data", folder.File("data"), "--listen", $"127.0.0.1:{server.Address.Port}");
        Interlocked.Exchange(ref moved, 0);
        var file = await session.SendAsync(folder.File("source"), "large", null, null, default);

        Assert.InRange(Interlocked.Read(ref moved), 1, (long)(Length * 0.55));
        await session.ReceiveAsync(file, folder.File("back"), null, null, default);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(folder.File("back"))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_KilledBetweenTheCodeAndTheReset_HasChangedNothingAndAnotherCodeWorks(bool withRecoveryKey)
    {
        const string Email = "ada@example.org", NewPassword = "another horse battery";
        using var folder = new TemporaryFolder();
        var options = new ConnectOptions { StateFolder = folder.File("state"), ReconnectFor = TimeSpan.Zero };
        var mail = new Mailbox(Path.Combine(folder.File("data"), "mail"));
        var first = await ServerProgram.StartServerAsync("--data", folder.File("data"), "--listen", "127.0.0.1:0");
        await using var killed = first;
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(first.Address, Email, password, options, default);
        await using var session = account.TakeSession();
        await File.WriteAllTextAsync(folder.File("own.txt"), "own");
        await session.SendAsync(folder.File("own.txt"), "own.txt", null, null, default);

        var code = await RequestAsync(first.Address);
        using var wanted = RunningVault.Secret(NewPassword);
        using var unsure = await VaultRecovery.ResetAsync(
            first.Address, Email, code, wanted, null,
            async losses =>
            {
                Assert.Single(losses); // the code was accepted, and nothing is decided yet
                await first.KillAsync();
                return true;
            },
            options, default);
        Assert.Equal(VaultErrorCode.ServerUnreachable, Assert.IsType<VaultException>(unsure.Failure).Code); // it may have left

        await using var second = await ServerProgram.StartServerAsync(
            "--data", folder.File("data"), "--listen", $"127.0.0.1:{first.Address.Port}");
        await session.GetStatusAsync(default); // not even the session has ended
        await using (var still = await SignInAsync(second.Address, first: false, options))
        {
            Assert.NotNull(await still.FindAsync("own.txt", default));
        }

        var used = await Assert.ThrowsAsync<VaultException>(() => ResetAsync(second.Address, code, null));
        Assert.Equal(VaultErrorCode.CodeInvalid, used.Code);
        using var reset = await ResetAsync(
            second.Address, await RequestAsync(second.Address), withRecoveryKey ? account.RecoveryKey : null);
        await using var recovered = reset.Session;
        var listed = await recovered.ListAsync(default).ToListAsync();
        Assert.Equal(withRecoveryKey, Assert.Single(listed).IsReadable);

        async Task<string> RequestAsync(ServerAddress address)
        {
            await VaultRecovery.RequestAsync(address, Email, options, default);
            return await mail.NextCodeAsync(Email);
        }

        Task<RecoveredAccount> ResetAsync(ServerAddress address, string typed, RecoveryKey? key) => VaultRecovery.ResetAsync(
            address, Email, typed, wanted, key, _ => Task.FromResult(true), options, default);
    }

    private static async Task<VaultSession> SignInAsync(ServerAddress address, bool first, ConnectOptions options)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        if (!first)
        {
            return await VaultSession.ConnectAsync(address, "ada@example.org", password, options, default);
        }

        await using var account = await VaultAccount.CreateAsync(address, "ada@example.org", password, options, default);
        return account.TakeSession();
    }

    private static async Task SendUntilKilledAsync(
        VaultSession session, TemporaryFolder folder, string prefix, ConcurrentDictionary<string, byte[]> acknowledged,
        ConcurrentDictionary<string, byte[]> attempted, TaskCompletionSource someSent)
    {
        for (var number = 0; ; number++)
        {
            // Mostly small files in one request, now and then one in parts.
            var content = RandomNumberGenerator.GetBytes(number % 10 == 9 ? 3_000_000 : 2_000);
            var name = $"{prefix}-{number}";
            var source = folder.File(name);
            await File.WriteAllBytesAsync(source, content);
            attempted[name] = SHA256.HashData(content);
            try
            {
                await session.SendAsync(source, name, null, null, default);
            }
            catch (VaultException error) when (error.Code == VaultErrorCode.ServerUnreachable)
            {
                return;
            }

            acknowledged[name] = SHA256.HashData(content);
            if (number == 20)
            {
                someSent.TrySetResult();
            }
        }
    }

    private static async Task RequireAsync(
        VaultSession session, ConcurrentDictionary<string, byte[]> acknowledged, ConcurrentDictionary<string, byte[]> attempted, TemporaryFolder folder)
    {
        var listed = new Dictionary<string, VaultFile>();
        await foreach (var file in session.ListAsync(default))
        {
            listed.Add(file.Name, file); // a name twice would throw
        }

        Assert.Empty(acknowledged.Keys.Except(listed.Keys));
        foreach (var (name, file) in listed)
        {
            var target = folder.File("back");
            await session.ReceiveAsync(file, target, new ReceiveOptions { Overwrite = true }, null, default);
            Assert.Equal(attempted[name], SHA256.HashData(await File.ReadAllBytesAsync(target)));
        }
    }
}
