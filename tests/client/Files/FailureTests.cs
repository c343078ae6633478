using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>What a person sees when a file does not come or go: the reason, and nothing half-written anywhere.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    private const long Quota = 64 * 1024 * 1024;

    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync(null, "--Vault:Sends:QuotaBytes", $"{Quota}");
        _session = await _vault.CreateAsync();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    private string Target => Path.Combine(_vault.Folder, "out", "target.bin");

    [Fact]
    public async Task Receive_PasswordFile_NeedsThatPassword()
    {
        var source = _vault.Write("secret.txt", "a secret"u8);
        using var password = RunningVault.Secret("hunter2");
        using var wrong = RunningVault.Secret("hunter3");
        var file = await _session.SendAsync(source, "secret.txt", new SendOptions { Password = password, WorkFactor = 12 }, null, default);

        await AssertFailsAsync(VaultErrorCode.WrongFilePassword, () => ReceiveAsync(file, new ReceiveOptions { Password = wrong }));
        await AssertFailsAsync(VaultErrorCode.WrongFilePassword, () => ReceiveAsync(file));
        await ReceiveAsync(file, new ReceiveOptions { Password = password });
        Assert.Equal("a secret", await File.ReadAllTextAsync(Target));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(21)] // no receiver would compute it
    public void SendOptions_WorkFactorOutOfRange_IsRefused(int workFactor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SendOptions { WorkFactor = workFactor });

    [Fact]
    public async Task Receive_RemovedFileAndSomebodyElses_AreTheSameAnswer()
    {
        var source = _vault.Write("mine.txt", "mine"u8);
        var mine = await _session.SendAsync(source, "mine.txt", null, null, default);
        var removed = await _session.SendAsync(source, "removed.txt", null, null, default);
        await _session.RemoveAsync(removed, default);
        await _session.RemoveAsync(removed, default); // again is no error
        await using var other = await _vault.CreateAsync("eve@example.org");

        var gone = await AssertFailsAsync(VaultErrorCode.NotFound, () => ReceiveAsync(removed));
        var foreign = await AssertFailsAsync(
            VaultErrorCode.NotFound, () => other.ReceiveAsync(mine, Target, null, null, default));
        Assert.Equal(gone.Message, foreign.Message);
        await AssertFailsAsync(VaultErrorCode.NotFound, () => other.RemoveAsync(mine, default));
        await ReceiveAsync(mine);
        Assert.Null(await _session.FindAsync("removed.txt", default));
    }

    [Fact]
    public async Task Receive_TargetExists_IsKeptUnlessToldOtherwise()
    {
        var file = await _session.SendAsync(_vault.Write("new.txt", "new"u8), "new.txt", null, null, default);
        _vault.Write("out/target.bin", "old"u8);

        await AssertFailsAsync(VaultErrorCode.TargetExists, () => _session.ReceiveAsync(file, Target, null, null, default));
        Assert.Equal("old", await File.ReadAllTextAsync(Target));
        await _session.ReceiveAsync(file, Target, new ReceiveOptions { Overwrite = true }, null, default);
        Assert.Equal("new", await File.ReadAllTextAsync(Target));
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(20_000_000)]
    public async Task Receive_StoredContentDamaged_IsRefusedAndLeavesNothing(int length)
    {
        var file = await _session.SendAsync(
            _vault.Write("big.bin", RandomNumberGenerator.GetBytes(length)), "big.bin", null, null, default);
        var blob = Directory.EnumerateFiles(_vault.DataFolder, "*.age", SearchOption.AllDirectories).Single();
        using (var stream = File.Open(blob, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = stream.Length - 100;
            var value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 1));
        }

        await AssertFailsAsync(VaultErrorCode.IntegrityFailed, () => ReceiveAsync(file));
    }

    [Fact]
    public async Task Send_MoreThanTheQuota_IsRefusedBeforeAnythingIsSent()
    {
        var source = _vault.Write("too-big.bin", new byte[Quota + 1]);

        await AssertFailsAsync(VaultErrorCode.QuotaExceeded, () => _session.SendAsync(source, "too-big.bin", null, null, default));

        Assert.Equal(0, (await _session.GetStatusAsync(default)).UsedBytes);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_vault.DataFolder, "content", "blobs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Send_Cancelled_LeavesNothingAndGivesTheQuotaBack()
    {
        var source = _vault.Write("big.bin", RandomNumberGenerator.GetBytes(40_000_000));
        using var stop = new CancellationTokenSource();
        var progress = new Callback(_ => stop.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _session.SendAsync(source, "big.bin", null, progress, stop.Token));

        Assert.Equal(0, (await _session.GetStatusAsync(default)).UsedBytes);
        Assert.Null(await _session.FindAsync("big.bin", default));
        Assert.Empty(Directory.EnumerateFiles(_vault.DataFolder, "*.age*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Receive_Cancelled_LeavesNothing()
    {
        var file = await _session.SendAsync(
            _vault.Write("big.bin", RandomNumberGenerator.GetBytes(40_000_000)), "big.bin", null, null, default);
        using var stop = new CancellationTokenSource();
        var progress = new Callback(_ => stop.Cancel());
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _session.ReceiveAsync(file, Target, null, progress, stop.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task Send_SourceChangesMeanwhile_IsRefused()
    {
        var source = _vault.Write("log.txt", RandomNumberGenerator.GetBytes(20_000_000));
        var progress = new Callback(_ => File.AppendAllText(source, "more"));

        await AssertFailsAsync(VaultErrorCode.SourceChanged, () => _session.SendAsync(source, "log.txt", null, progress, default));

        Assert.Null(await _session.FindAsync("log.txt", default));
    }

    [Fact]
    public async Task Send_OneNameManyTimesAtOnce_MakesAVersionOfEach()
    {
        var sends = Enumerable.Range(0, 8).Select(number => _session.SendAsync(
            _vault.Write($"{number}.txt", [(byte)number]), "same.txt", null, null, default));

        var files = await Task.WhenAll(sends);

        Assert.Equal(Enumerable.Range(1, 8), files.Select(file => file.Version).Order());
        Assert.Single(files.Select(file => file.Id).Distinct());
        foreach (var file in files)
        {
            await ReceiveAsync(file, new ReceiveOptions { Overwrite = true });
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Target))));
        }
    }

    [Fact]
    public async Task Transfer_ConnectionCutInTheMiddle_IsCompletedOverAnother()
    {
        await using var proxy = new TcpProxy(_vault.Server.Port);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var session = await VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", proxy.Port, _vault.Server.ServerKey), "ada@example.org", password, _vault.Options, default);
        var content = RandomNumberGenerator.GetBytes(40_000_000);
        var cuts = 0;
        var cutOnce = new Callback(_ =>
        {
            if (Interlocked.Increment(ref cuts) == 1)
            {
                proxy.Cut();
            }
        });

        var file = await session.SendAsync(_vault.Write("big.bin", content), "big.bin", null, cutOnce, default);
        cuts = 0;
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder
        await session.ReceiveAsync(file, Target, null, cutOnce, default);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.True(proxy.Accepted >= 3);
    }

    [Fact]
    public async Task Transfer_ServerRestartedInTheMiddle_GoesOnAtTheFirstMissingPart()
    {
        var up = 0L;
        await using var proxy = new TcpProxy(_vault.Server.Port, (_, length, isUp) => Interlocked.Add(ref up, isUp ? length : 0) >= 0);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var session = await VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", proxy.Port, _vault.Server.ServerKey), "ada@example.org", password,
            _vault.Options with { ReconnectFor = TimeSpan.FromMinutes(1) }, default);
        var content = RandomNumberGenerator.GetBytes(60_000_000);
        Task? restarting = null;
        var restartInTheMiddle = new Callback(progress =>
        {
            if (progress.Bytes > 20_000_000)
            {
                restarting ??= Task.Run(() => _vault.RestartAsync());
            }
        });
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder

        var file = await session.SendAsync(_vault.Write("big.bin", content), "big.bin", null, restartInTheMiddle, default);
        await (restarting ?? Task.FromException(new InvalidOperationException("The send was over before the restart.")));
        var sent = Interlocked.Read(ref up);
        await session.ReceiveAsync(file, Target, null, null, default);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.InRange(sent, content.Length, content.Length + (5 * 4_300_000)); // the parts that were under way went twice
    }

    [Fact]
    public async Task Transfer_ServerStaysAway_FailsAfterTheTimeThatThePersonSet()
    {
        await using var proxy = new TcpProxy(_vault.Server.Port);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var session = await VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", proxy.Port, _vault.Server.ServerKey), "ada@example.org", password,
            _vault.Options with { ReconnectFor = TimeSpan.FromSeconds(1) }, default);
        await proxy.DisposeAsync();

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await AssertFailsAsync(
            VaultErrorCode.ServerUnreachable,
            () => session.SendAsync(_vault.Write("a.txt", "a"u8), "a.txt", null, null, default));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/absolute")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("a/.")]
    [InlineData("tab\there")]
    public async Task Send_HostileName_IsRefused(string name)
    {
        var source = _vault.Write("any.txt", "x"u8);

        await AssertFailsAsync(VaultErrorCode.InvalidRequest, () => _session.SendAsync(source, name, null, null, default));
    }

    [Theory]
    [InlineData("with spaces [and] brackets.txt")]
    [InlineData("grüße/日本語/🔐.txt")]
    [InlineData("CON")]
    [InlineData("back\\slash")]
    public async Task Send_UnusualName_IsFoundByThatName(string name)
    {
        await _session.SendAsync(_vault.Write("any.txt", "x"u8), name, null, null, default);

        Assert.Equal(name, (await _session.FindAsync(name.Normalize(System.Text.NormalizationForm.FormD), default))!.Name);
    }

    [Fact]
    public async Task SendMany_OneBadFile_DoesNotStopTheRest()
    {
        var items = Enumerable.Range(0, 150).Select(number => new SendItem(_vault.Write($"many/{number}", [(byte)number]), $"many/{number}"))
            .Append(new SendItem(Path.Combine(_vault.Folder, "not-there"), "not-there"))
            .Append(new SendItem(_vault.Write("ok", "ok"u8), "bad//name")).ToArray();

        var results = new List<SendResult>();
        await foreach (var result in _session.SendManyAsync(items, null, null, default))
        {
            results.Add(result);
        }

        Assert.Equal(items.Length, results.Count);
        Assert.Equal(["bad//name", "not-there"], results.Where(result => result.Error is not null).Select(result => result.Item.Name).Order());
        var listed = new List<VaultFile>();
        await foreach (var file in _session.ListAsync(default))
        {
            listed.Add(file);
        }

        Assert.Equal(150, listed.Count);
    }

    [Fact]
    public async Task SendMany_SmallFiles_TellsOfEachBeforeItsResult()
    {
        var items = Enumerable.Range(0, 300).Select(number => new SendItem(_vault.Write($"many/{number}", "x"u8), $"many/{number}"));
        var told = new ConcurrentDictionary<string, TransferProgress>();
        await foreach (var result in _session.SendManyAsync(items, null, new Callback(progress => told[progress.Name] = progress), default))
        {
            Assert.Equal(new TransferProgress(result.Item.Name, 1, 1), told[result.Item.Name]);
        }

        Assert.Equal(300, told.Count);
    }

    private async Task ReceiveAsync(VaultFile file, ReceiveOptions? options = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder
        await _session.ReceiveAsync(file, Target, options, null, default);
    }

    private async Task<VaultException> AssertFailsAsync(VaultErrorCode code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<VaultException>(action);
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Message);
        if (Path.GetDirectoryName(Target) is { } folder && Directory.Exists(folder))
        {
            Assert.DoesNotContain(Directory.EnumerateFiles(folder), path => path.EndsWith(".vault-part", StringComparison.Ordinal));
        }

        return error;
    }

    private sealed class Callback(Action<TransferProgress> action) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => action(value);
    }
}
