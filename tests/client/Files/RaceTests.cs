using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>One account, two sessions, one name, at once.</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private const int Rounds = 5;

    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _one = null!;
    private VaultSession _two = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        _one = await _vault.CreateAsync();
        _two = await _vault.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData(2_000, 2_000)] // each in one request
    [InlineData(3_000_000, 3_000_000)] // each in parts
    [InlineData(2_000, 3_000_000)]
    public async Task Send_SameNameFromTwoSessions_MakesConsecutiveVersionsOfTheRightContents(int oneLength, int twoLength)
    {
        var acknowledged = new List<(VaultFile File, byte[] Content)>();
        for (var round = 0; round < Rounds; round++)
        {
            using var barrier = new Barrier(2);
            var results = await Task.WhenAll(
                Task.Run(() => SendAsync(_one, barrier, $"one-{round}", oneLength)), Task.Run(() => SendAsync(_two, barrier, $"two-{round}", twoLength)));
            acknowledged.AddRange(results.OfType<(VaultFile, byte[])>());
        }

        Assert.NotEmpty(acknowledged);
        Assert.Single(acknowledged.Select(sent => sent.File.Id).Distinct());
        Assert.Equal(Enumerable.Range(1, acknowledged.Count), acknowledged.Select(sent => sent.File.Version).Order());
        Assert.Equal(acknowledged.Count, (await _one.FindAsync("same.bin", default))!.Version); // sent above
        foreach (var (file, content) in acknowledged)
        {
            var target = Path.Combine(_vault.Folder, "back");
            var version = await _two.GetVersionAsync(file.Id, file.Version, default);
            await _two.ReceiveAsync(version, target, new ReceiveOptions { Overwrite = true }, null, default);
            Assert.Equal(content, await File.ReadAllBytesAsync(target));
        }
    }

    [Fact]
    public async Task Remove_WhileAnotherSessionSends_EndsWithAWholeFileOrNone()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"file-{round}";
            var first = await _one.SendAsync(_vault.Write("first", "first"u8), name, null, null, default);
            using var barrier = new Barrier(2);
            var source = _vault.Write("second", RandomNumberGenerator.GetBytes(2_000_000));
            var send = Task.Run(async () =>
            {
                barrier.SignalAndWait();
                return await _two.SendAsync(source, name, null, null, default);
            });
            barrier.SignalAndWait();
            await _one.RemoveAsync(first, default);
            await send.ContinueWith(_ => { }, TaskScheduler.Default); // success or not, below

            var found = await _one.FindAsync(name, default);
            if (send.IsCompletedSuccessfully && found is not null)
            {
                var target = Path.Combine(_vault.Folder, "back");
                await _one.ReceiveAsync(found, target, new ReceiveOptions { Overwrite = true }, null, default);
                Assert.Equal(await File.ReadAllBytesAsync(source), await File.ReadAllBytesAsync(target));
            }
            else
            {
                // Removed after the send, or the send was told why not.
                Assert.Null(found);
                Assert.True(send.IsCompletedSuccessfully || send.Exception!.InnerException is VaultException); // it failed
            }
        }
    }

    private async Task<(VaultFile File, byte[] Content)?> SendAsync(VaultSession session, Barrier barrier, string source, int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var path = _vault.Write(source, content);
        barrier.SignalAndWait();
        try
        {
            return (await session.SendAsync(path, "same.bin", null, null, default), content);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.Conflict)
        {
            Assert.NotEmpty(error.Message);
            return null;
        }
    }
}
