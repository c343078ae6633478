using Vault.Tests.Server;

namespace Vault.Client.Tests;

/// <summary>An account's events damaged on the server's disk: reported to that person, never cut, and no concern of anybody else.</summary>
public sealed class DamagedHistoryTests
{
    [Fact]
    public async Task Stream_WithAFlippedByte_IsReportedAndLeftAsItIs()
    {
        await using var vault = await RunningVault.StartAsync();
        await using var ada = await vault.CreateAsync();
        await using var bob = await vault.CreateAsync("bob@example.org");
        await ada.SendAsync(vault.Write("a", "a"u8), "a", null, null, default);
        await bob.SendAsync(vault.Write("b", "b"u8), "b", null, null, default);
        var stream = StreamOf(vault, ada);
        var honest = await File.ReadAllBytesAsync(stream);
        var damaged = honest.ToArray();
        damaged[damaged.Length / 2] ^= 1;
        await vault.StopAsync();
        await File.WriteAllBytesAsync(stream, damaged);
        await vault.StartAgainAsync();

        var error = await Assert.ThrowsAsync<VaultException>(() => ada.GetStatusAsync(default));

        Assert.True(error.Code == VaultErrorCode.StorageUnavailable, $"{error.Code}: {error.Message}");
        Assert.NotNull(await bob.FindAsync("b", default));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(stream));
        await vault.StopAsync();
        await File.WriteAllBytesAsync(stream, honest);
        await vault.StartAgainAsync();
        Assert.NotNull(await ada.FindAsync("a", default)); // mended from a backup: everything is there
    }

    [Fact]
    public async Task Stream_WithATornLastLine_LosesOnlyWhatWasNeverAcknowledged()
    {
        await using var vault = await RunningVault.StartAsync();
        await using var ada = await vault.CreateAsync();
        await ada.SendAsync(vault.Write("a", "a"u8), "a", null, null, default);
        await vault.StopAsync();
        var stream = StreamOf(vault, ada);
        var whole = await File.ReadAllBytesAsync(stream);
        await File.AppendAllTextAsync(stream, "{\"version\":99,\"time\":\"2026-01-01T00");
        await vault.StartAgainAsync();

        Assert.NotNull(await ada.FindAsync("a", default));
        await ada.SendAsync(vault.Write("b", "b"u8), "b", null, null, default);
        Assert.Equal(whole, (await File.ReadAllBytesAsync(stream)).AsSpan(0, whole.Length).ToArray());
        Assert.NotNull(await ada.FindAsync("b", default));
    }

    private static string StreamOf(RunningVault vault, VaultSession session) => Directory
        .EnumerateFiles(Path.Combine(vault.DataFolder, "state", "streams"), "*", SearchOption.AllDirectories)
        .Single(path => path.Contains(session.Account.ToString(), StringComparison.Ordinal)
            && !path.Contains("snapshot", StringComparison.Ordinal));
}
