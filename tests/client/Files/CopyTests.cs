using System.Security.Cryptography;
using Vault.Client.Files;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>Copies move no content, are files of their own, and keep what they refer to.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private const int BigLength = (2 * 4 * 1024 * 1024) + 70_000;

    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _ada = null!;
    private VaultSession _bob = null!;
    private long _sentBytes;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = _vault.Options with { Intercept = inner => new Counter(this) { InnerHandler = inner } };
        await using (var account = await VaultAccount.CreateAsync(_vault.Address, "ada@example.org", password, options, default))
        {
            _ada = account.TakeSession();
        }

        _bob = await _vault.CreateAsync("bob@example.org");
    }

    public async Task DisposeAsync()
    {
        await _ada.DisposeAsync();
        await _bob.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task Copy_BigFile_SendsAFewKilobytesAndIsAWholeFile()
    {
        var content = RandomNumberGenerator.GetBytes(BigLength);
        var file = await SendAsync("big.bin", content);
        var (before, used, sent) = (Stored(), (await _ada.GetStatusAsync(default)).UsedBytes, _sentBytes);

        var copy = await _ada.CopyAsync(file, "folder/copy.bin", null, default);

        Assert.InRange(_sentBytes - sent, 1, 16_000);
        Assert.Equal(before, Stored());
        Assert.Equal(used + copy.StoredLength, (await _ada.GetStatusAsync(default)).UsedBytes);
        Assert.NotEqual(file.Id, copy.Id);
        Assert.Equal(
            ("folder/copy.bin", 1, file.Length, file.ModifiedAt, file.Sha256),
            (copy.Name, copy.Version, copy.Length, copy.ModifiedAt, copy.Sha256));
        await AssertIsAsync(content, (await _ada.FindAsync("folder/copy.bin", default))!);
        Assert.Equal("big.bin", (await _ada.GetNewestAsync(file.Id, default)).Name);
        var range = _vault.Folder + "/range";
        Assert.True(ByteRange.TryParse("5000000-5000099", out var bytes));
        await _ada.ReceiveAsync(copy, range, new ReceiveOptions { Range = bytes }, null, default);
        Assert.Equal(content[5_000_000..5_000_100], await File.ReadAllBytesAsync(range));
    }

    [Fact]
    public async Task Remove_OriginalForGood_LeavesTheCopyAndBothLeaveNothing()
    {
        var content = RandomNumberGenerator.GetBytes(BigLength);
        var file = await SendAsync("original", content);
        var copy = await _ada.CopyAsync(file, "copy", null, default);

        await _ada.RemoveAsync(file, default);
        await _vault.RestartAsync();

        await AssertIsAsync(content, (await _ada.FindAsync("copy", default))!);
        Assert.Equal(copy.StoredLength, (await _ada.GetStatusAsync(default)).UsedBytes);
        await _ada.RemoveAsync(copy, default);
        Assert.Empty(Stored());
        Assert.Equal(0, (await _ada.GetStatusAsync(default)).UsedBytes);
    }

    [Fact]
    public async Task Copy_FileWithAPassword_OpensWithItAloneAndLeavesTheOriginal()
    {
        using var password = RunningVault.Secret("hunter2");
        using var wrong = RunningVault.Secret("hunter3");
        var file = await _ada.SendAsync(
            _vault.Write("secret", "the secret"u8), "secret", new SendOptions { Password = password, WorkFactor = 12 }, null, default);

        await AssertFailsAsync(VaultErrorCode.WrongFilePassword, () => _ada.CopyAsync(file, "b", null, default));
        await AssertFailsAsync(VaultErrorCode.WrongFilePassword, () => _ada.CopyAsync(file, "b", new CopyOptions { Password = wrong }, default));
        var copy = await _ada.CopyAsync(file, "b", new CopyOptions { Password = password }, default);

        Assert.Equal(FileProtection.Password, copy.Protection);
        await _ada.RemoveAsync(file, default);
        await AssertFailsAsync(
            VaultErrorCode.WrongFilePassword, () => _ada.ReceiveAsync(copy, _vault.Folder + "/no", new ReceiveOptions { Password = wrong }, null, default));
        await AssertIsAsync("the secret"u8.ToArray(), copy, new ReceiveOptions { Password = password });
    }

    [Fact]
    public async Task Copy_Version_IsThatVersionAndOntoItsOwnNameTheNext()
    {
        var first = await SendAsync("log", "first"u8.ToArray());
        await SendAsync("log", "second"u8.ToArray());
        var old = await _ada.GetVersionAsync(first.Id, 1, default);

        var copy = await _ada.CopyAsync(old, "old log", null, default);
        await AssertIsAsync("first"u8.ToArray(), copy);
        await AssertFailsAsync(VaultErrorCode.Conflict, () => _ada.CopyAsync(old, "log", null, default));
        var again = await _ada.CopyAsync(old, "log", new CopyOptions { Overwrite = true }, default);

        Assert.Equal((first.Id, 3), (again.Id, again.Version));
        await AssertIsAsync("first"u8.ToArray(), (await _ada.FindAsync("log", default))!);
        Assert.Equal(4, (await SendAsync("log", "fourth"u8.ToArray())).Version);
        await AssertFailsAsync(VaultErrorCode.NotFound, () => _ada.CopyAsync(old with { Version = 9 }, "x", null, default));
    }

    [Fact]
    public async Task Copy_SharedFile_IsNotSharedAndOverASharedOneItIs()
    {
        var file = await SendAsync("plan", "plan"u8.ToArray());
        await _ada.GrantAsync(file, ["bob@example.org"], null, default);
        var other = await SendAsync("other", "other"u8.ToArray());

        var copy = await _ada.CopyAsync(file, "copy", null, default);
        Assert.Equal(["plan"], await ReceivedAsync());
        Assert.Empty(await _ada.ListSharesAsync(copy, default));
        await _ada.GrantAsync(copy, ["bob@example.org"], null, default);
        Assert.Equal(["copy", "plan"], await ReceivedAsync());

        var next = await _ada.CopyAsync(other, "plan", new CopyOptions { Overwrite = true }, default);
        Assert.Equal((file.Id, 2), (next.Id, next.Version));
        var given = await ReceivedFilesAsync();
        var target = Path.Combine(_vault.Folder, "bobs");
        await _bob.ReceiveAsync(given.Single(one => one.Name == "plan"), target, null, null, default);
        Assert.Equal("other"u8.ToArray(), await File.ReadAllBytesAsync(target));
        var readers = await _ada.GetReadersAsync(next, DateTimeOffset.UtcNow.AddMinutes(1), default);
        Assert.Equal(["ada@example.org", "bob@example.org"], readers.Select(reader => reader.Person));
        Assert.Equal(2, readers[0].Version);
    }

    [Fact]
    public async Task Rekey_Original_LeavesTheCopyItsContent()
    {
        var file = await SendAsync("plan", "plan"u8.ToArray());
        await _ada.GrantAsync(file, ["bob@example.org"], null, default);
        var copy = await _ada.CopyAsync(file, "copy", null, default);

        await _ada.RevokeAndRekeyAsync(file, "bob@example.org", null, null, default);

        Assert.Equal(2, Stored().Length);
        await AssertIsAsync("plan"u8.ToArray(), copy);
        await _ada.RemoveAsync(copy, default);
        Assert.Single(Stored());
    }

    [Fact]
    public async Task Copy_ReceivedFile_IsRefusedAndSaysWhatToDo()
    {
        var file = await SendAsync("plan", "plan"u8.ToArray());
        await _ada.GrantAsync(file, ["bob@example.org"], null, default);

        var error = await AssertFailsAsync(
            VaultErrorCode.NotPermitted, async () => await _bob.CopyAsync((await ReceivedFilesAsync())[0], "mine", null, default));

        Assert.Contains("Receive-VaultFile and Send-VaultFile", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_Copy_SaysSo()
    {
        var copy = await _ada.CopyAsync(await SendAsync("a", "a"u8.ToArray()), "b", null, default);

        var entries = new List<VaultHistoryEntry>();
        await foreach (var entry in _ada.ReadHistoryAsync(copy, default))
        {
            entries.Add(entry);
        }

        Assert.Equal("Stored version 1", Assert.Single(entries).Action);
        Assert.Contains("copy", entries[0].Detail, StringComparison.Ordinal);
        await foreach (var check in _ada.CheckHistoriesAsync(default))
        {
            Assert.True(check.Verified, check.Problem);
        }
    }

    [Fact]
    public async Task Copy_TwoSessionsAtOnceUnderOneName_OneIsRefused()
    {
        await using var other = await _vault.ConnectAsync();
        var file = await SendAsync("a", "a"u8.ToArray());

        var copies = await Task.WhenAll(new[] { _ada, other }.Select(session => Task.Run(async () =>
        {
            try
            {
                return await session.CopyAsync(file, "b", null, default);
            }
            catch (VaultException error) when (error.Code == VaultErrorCode.Conflict)
            {
                return null;
            }
        })));

        Assert.Equal(1, Assert.Single(copies.OfType<VaultFile>()).Version);
        var both = await Task.WhenAll(new[] { _ada, other }.Select(session => Task.Run(
            () => session.CopyAsync(file, "b", new CopyOptions { Overwrite = true }, default))));
        Assert.Equal([2, 3], both.Select(copy => copy.Version).Order());
    }

    private Task<VaultFile> SendAsync(string name, byte[] content) => _ada.SendAsync(_vault.Write(name, content), name, null, null, default);

    private async Task AssertIsAsync(byte[] content, VaultFile file, ReceiveOptions? options = null)
    {
        var target = Path.Combine(_vault.Folder, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        await _ada.ReceiveAsync(file, target, options, null, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
    }

    private async Task<List<VaultFile>> ReceivedFilesAsync()
    {
        var files = new List<VaultFile>();
        await foreach (var received in _bob.ListReceivedAsync(default))
        {
            files.Add(received.File!); // honest ones verify
        }

        return files;
    }

    private async Task<IEnumerable<string>> ReceivedAsync() => (await ReceivedFilesAsync()).Select(file => file.Name).Order(StringComparer.Ordinal);

    /// <summary>Every content that the store holds, of whomever.</summary>
    private string[] Stored() =>
        [.. Directory.EnumerateFiles(Path.Combine(_vault.DataFolder, "content", "blobs"), "*.age", SearchOption.AllDirectories).Order()];

    private static async Task<VaultException> AssertFailsAsync(VaultErrorCode code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<VaultException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }

    private sealed class Counter(CopyTests tests) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content)
            {
                await content.LoadIntoBufferAsync(cancellationToken);
                Interlocked.Add(ref tests._sentBytes, content.Headers.ContentLength ?? 0);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
