using System.Security.Cryptography;
using Vault.Client.Tests.Files;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests;

/// <summary>A state folder that takes nothing, as unattended services have it: what is kept there is missing, and nothing else.</summary>
public sealed class StateFolderTests
{
    [Fact]
    public async Task Connect_PinnedServerAndNoStateFolder_Works()
    {
        await using var vault = await RunningVault.StartAsync();
        var options = Nowhere(vault);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(vault.Address, "ada@example.org", password, options, default);
        await using var session = account.TakeSession();

        await RoundTripAsync(vault, session, 1_000);
        await RoundTripAsync(vault, session, 6_000_000);
        Assert.True((await session.CheckHistoryAsync(null, default)).Verified);
    }

    [Fact]
    public async Task Connect_UnpinnedServerThatCannotBeRemembered_IsRefused()
    {
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        var unpinned = vault.Address with { Key = null };
        await Assert.ThrowsAnyAsync<IOException>(() => VaultSession.ConnectAsync(
            unpinned, "ada@example.org", password, Nowhere(vault) with { AcceptUnknownServer = true }, default));
    }

    [SkippableFact]
    public async Task Send_DiskOfTheStateFolderFull_Works()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            vault.Address, "ada@example.org", password, vault.Options with { StateFolder = Path.Combine(disk.Path, "state") }, default);
        await using var session = account.TakeSession();
        disk.FillExcept(0);

        await RoundTripAsync(vault, session, 6_000_000);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_DiskOfTheStateFolderFullInTheMiddle_GoesOnAndIsNeverContinued(bool dies)
    {
        const int parts = 26; // more than the journal's first page tells of
        using var disk = SmallDisk.MountOrSkip();
        await using var vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        var link = new BreakingLink();
        var options = vault.Options with
        {
            StateFolder = Path.Combine(disk.Path, "state"),
            Intercept = link.Intercept,
            ReconnectFor = TimeSpan.Zero,
        };
        await using var account = await VaultAccount.CreateAsync(vault.Address, "ada@example.org", password, options, default);
        await using var session = account.TakeSession();
        var source = vault.Write("large", [1]);
        using (var file = new FileStream(source, FileMode.Open))
        {
            file.SetLength(parts * 4L * 1024 * 1024);
        }

        if (dies)
        {
            link.BreakAfter(parts - 1);
        }

        var one = new SendOptions { ThrottleLimit = 1 };
        var isFull = false;
        var fill = new Callback(() =>
        {
            if (!isFull)
            {
                disk.FillExcept(0);
                isFull = true;
            }
        });
        var send = () => session.SendAsync(source, "large", one, fill, default);
        if (dies)
        {
            Assert.Equal(VaultErrorCode.ServerUnreachable, (await Assert.ThrowsAsync<VaultException>(send)).Code);
            Assert.Equal(0, (await session.GetStatusAsync(default)).UsedBytes); // what cannot be continued is given back
            link.Mend();
        }

        var stored = await send();

        Assert.Equal((true, 1), (isFull, stored.Version));
        Assert.Equal(dies ? 2 : 1, link.Nonces.Select(first => first.Nonce).Distinct().Count());
        Assert.Equal(stored.StoredLength, (await session.GetStatusAsync(default)).UsedBytes);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(options.StateFolder, "sends")));
    }

    // What the journal has of it stays, as it cannot be taken away: the version is stored all the same.
    [SkippableFact]
    public async Task Send_JournalThatCannotBeEmptied_IsStored()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = vault.Options with { StateFolder = Path.Combine(disk.Path, "state") };
        await using var account = await VaultAccount.CreateAsync(vault.Address, "ada@example.org", password, options, default);
        await using var session = account.TakeSession();
        var source = vault.Write("large", RandomNumberGenerator.GetBytes(6_000_000));
        var one = new SendOptions { ThrottleLimit = 1 };
        var journal = "";
        var freeze = new Callback(() =>
        {
            if (journal.Length == 0)
            {
                journal = Assert.Single(Directory.EnumerateFiles(Path.Combine(options.StateFolder, "sends")));
                SmallDisk.MakeAppendOnlyOrSkip(journal);
            }
        });

        var stored = await session.SendAsync(source, "large", one, freeze, default);

        Assert.Equal(1, stored.Version);
        Assert.True(File.Exists(journal));
        Assert.Equal(stored.StoredLength, (await session.GetStatusAsync(default)).UsedBytes);
        Assert.Equal(2, (await session.SendAsync(source, "large", one, null, default)).Version);
    }

    private sealed class Callback(Action action) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => action();
    }

    // Below a file there is no folder and none can be made.
    private static ConnectOptions Nowhere(RunningVault vault) =>
        vault.Options with { StateFolder = Path.Combine(vault.Write("file", "x"u8), "state") };

    private static async Task RoundTripAsync(RunningVault vault, VaultSession session, int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var file = await session.SendAsync(vault.Write($"{length}", content), $"{length}", null, null, default);
        var target = Path.Combine(vault.Folder, $"{length}-back");
        await session.ReceiveAsync(file, target, null, null, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
    }
}
