using System.Diagnostics;
using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>What a path may lead to besides a plain file that lies still.</summary>
public sealed class SourceTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        _session = await _vault.CreateAsync();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [SkippableFact]
    public async Task SendMany_LinkToALargeFileAmongSmallOnes_IsSentWholeAndPassedOverAfterwards()
    {
        Skip.If(OperatingSystem.IsWindows(), "Links take a right of their own there.");
        var content = RandomNumberGenerator.GetBytes(12_000_000);
        var link = Path.Combine(_vault.Folder, "link");
        File.CreateSymbolicLink(link, _vault.Write("there/large", content));
        SendItem[] items = [new(_vault.Write("a", "a"u8), "a"), new(link, "link"), new(_vault.Write("b", "b"u8), "b")];

        Assert.All(await SendAsync(items), result => Assert.Equal(TransferStatus.Sent, result.Status));

        var target = Path.Combine(_vault.Folder, "back");
        await _session.ReceiveAsync((await _session.FindAsync("link", default))!, target, null, null, default); // it was sent
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
        Assert.All(
            await SendAsync(items, new SendOptions { SkipUnchanged = true }), result => Assert.Equal(TransferStatus.Skipped, result.Status));
    }

    [SkippableFact]
    public async Task SendMany_FileThatIsLongerThanItLooked_IsSentAllTheSame()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Elsewhere only a race makes one.");

        // Deleted and still open: its length is seen by whoever opens it, not by whoever looks at its path.
        await using var open = new FileStream(_vault.Write("gone", new byte[6_000_000]), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(open.Name);
        var path = $"/proc/self/fd/{open.SafeFileHandle.DangerousGetHandle()}";

        var results = await SendAsync([new SendItem(path, "longer"), new SendItem(_vault.Write("a", "a"u8), "a")]);

        Assert.All(results, result => Assert.Null(result.Error));
        Assert.Equal(6_000_000, (await _session.FindAsync("longer", default))!.Length); // it was sent
    }

    [SkippableFact]
    public async Task Send_Pipe_IsRefusedWithoutWaitingForWhoeverWrites()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no pipes in folders.");
        var pipe = Path.Combine(_vault.Folder, "pipe");
        using (var made = Process.Start("mkfifo", [pipe]))
        {
            await made.WaitForExitAsync().WaitAsync(Limit);
            Assert.Equal(0, made.ExitCode);
        }

        var results = await SendAsync([new SendItem(pipe, "pipe"), new SendItem(_vault.Write("a", "a"u8), "a")]).WaitAsync(Limit);

        var refused = Assert.IsType<VaultException>(Assert.Single(results, result => result.Item.Name == "pipe").Error);
        Assert.Equal(VaultErrorCode.InvalidRequest, refused.Code);
        Assert.Null(Assert.Single(results, result => result.Item.Name == "a").Error);
    }

    [SkippableTheory]
    [InlineData("/proc/version")]
    [InlineData("/dev/zero")]
    public async Task Send_FileThatSaysItIsEmptyAndIsNot_IsRefused(string path)
    {
        Skip.IfNot(File.Exists(path), "There is no such file.");

        var error = await Assert.ThrowsAsync<VaultException>(() => _session.SendAsync(path, "made-up", null, null, default).WaitAsync(Limit));

        Assert.Equal(VaultErrorCode.SourceChanged, error.Code);
        Assert.Null(await _session.FindAsync("made-up", default));
    }

    [SkippableFact]
    public async Task SendMany_LinkInACircle_IsReportedAndTheRestIsSent()
    {
        Skip.If(OperatingSystem.IsWindows(), "Links take a right of their own there.");
        var (one, two) = (Path.Combine(_vault.Folder, "one"), Path.Combine(_vault.Folder, "two"));
        File.CreateSymbolicLink(one, two);
        File.CreateSymbolicLink(two, one);

        var results = await SendAsync([new SendItem(one, "one"), new SendItem(_vault.Write("a", "a"u8), "a")]);

        Assert.IsAssignableFrom<IOException>(Assert.Single(results, result => result.Item.Name == "one").Error);
        Assert.Null(Assert.Single(results, result => result.Item.Name == "a").Error);
    }

    private async Task<List<SendResult>> SendAsync(IEnumerable<SendItem> items, SendOptions? options = null)
    {
        var results = new List<SendResult>();
        await foreach (var result in _session.SendManyAsync(items, options, null, default))
        {
            results.Add(result);
        }

        return results;
    }
}
