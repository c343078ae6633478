using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>Files there and back against a real server on a real socket.</summary>
public class TransferTests : IAsyncLifetime
{
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;

    public async Task InitializeAsync()
    {
        _vault = await StartAsync();
        _session = await _vault.CreateAsync();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    private protected virtual Task<RunningVault> StartAsync() => RunningVault.StartAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_048_576)]
    [InlineData(1_048_577)]
    [InlineData(8_388_608)]
    [InlineData(8_388_609)]
    [InlineData(40_000_000)]
    public async Task Receive_FileOfThisLength_IsTheOneThatWasSent(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var source = _vault.Write("source.bin", content);

        var sent = await _session.SendAsync(source, "folder/source.bin", null, null, default);
        var found = await _session.FindAsync("folder/source.bin", default);
        var target = Path.Combine(_vault.Folder, "target.bin");
        await _session.ReceiveAsync(found!, target, null, null, default);

        Assert.Equal(1, sent.Version);
        Assert.Equal(length, found!.Length);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(target)));
        Assert.Equal(File.GetLastWriteTimeUtc(source), File.GetLastWriteTimeUtc(target));
    }

    [Fact]
    public async Task Send_SameNameAgain_MakesANewVersionAndKeepsTheOld()
    {
        var source = _vault.Write("note.txt", "first"u8);
        var first = await _session.SendAsync(source, "note.txt", null, null, default);
        await File.WriteAllTextAsync(source, "second, and longer");
        var second = await _session.SendAsync(source, "note.txt", null, null, default);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(2, second.Version);
        var old = await _session.GetVersionAsync(first.Id, 1, default);
        var target = Path.Combine(_vault.Folder, "old.txt");
        await _session.ReceiveAsync(old, target, null, null, default);
        Assert.Equal("first", await File.ReadAllTextAsync(target));
    }
}
