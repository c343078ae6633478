using System.Security.Cryptography;
using System.Text.Json;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>Bytes that changed at rest: what they belong to is refused, nothing is repaired by guessing, and everybody else goes on.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _ada = null!;
    private VaultSession _eve = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        _ada = await _vault.CreateAsync();
        _eve = await _vault.CreateAsync("eve@example.org");
    }

    public async Task DisposeAsync()
    {
        await _ada.DisposeAsync();
        await _eve.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData(20_000, "flip", VaultErrorCode.IntegrityFailed)]
    [InlineData(9_000_000, "flip", VaultErrorCode.IntegrityFailed)]
    [InlineData(20_000, "zero", VaultErrorCode.IntegrityFailed)]
    [InlineData(20_000, "truncate", VaultErrorCode.StorageUnavailable)]
    [InlineData(20_000, "delete", VaultErrorCode.StorageUnavailable)]
    public async Task Receive_StoredContentDamaged_SaysWhichFileAndLeavesNothing(int length, string damage, VaultErrorCode expected)
    {
        var other = await SendAsync(_ada, "other.bin", 1_000);
        var before = Blobs();
        var file = await SendAsync(_ada, "damaged.bin", length);
        var blob = Assert.Single(Blobs().Except(before));
        var bytes = await File.ReadAllBytesAsync(blob);
        switch (damage)
        {
            case "flip":
                bytes[^5_000] ^= 0x10;
                await File.WriteAllBytesAsync(blob, bytes);
                break;
            case "zero":
                await File.WriteAllBytesAsync(blob, new byte[bytes.Length]);
                break;
            case "truncate":
                await File.WriteAllBytesAsync(blob, bytes[..^5_000]);
                break;
            default:
                File.Delete(blob);
                break;
        }

        var folder = Directory.CreateDirectory(Path.Combine(_vault.Folder, "out")).FullName;
        var error = await Assert.ThrowsAsync<VaultException>(
            () => _ada.ReceiveAsync(file, Path.Combine(folder, "target.bin"), null, null, default));

        Assert.True(expected == error.Code, $"{error.Code}: {error.Message}");
        Assert.Null(error.RetryAfterSeconds); // it is no storage that is away for a moment
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        if (expected == VaultErrorCode.IntegrityFailed)
        {
            Assert.Contains("'damaged.bin'", error.Message, StringComparison.Ordinal);
        }

        await ReceivesAsync(_ada, other);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.5)]
    [InlineData(0.98)]
    public async Task Account_OneByteOfItsStreamChanged_IsRefusedUntouchedAndOthersGoOn(double where)
    {
        await SendAsync(_ada, "adas", 1_000);
        var eves = await SendAsync(_eve, "eves", 1_000);
        var stream = StreamOf("users", _ada.Account.ToString());
        byte[] damaged = [];
        await _vault.RestartAsync(() =>
        {
            damaged = File.ReadAllBytes(stream);
            damaged[(int)(damaged.Length * where)] ^= 1;
            File.WriteAllBytes(stream, damaged);
        });

        foreach (var request in new Func<Task>[]
        {
            () => _ada.GetStatusAsync(default),
            () => ListAsync(_ada),
            () => _ada.SendAsync(_vault.Write("more", "more"u8), "more", null, null, default),
            async () => await (await _vault.ConnectAsync()).DisposeAsync(),
        })
        {
            var error = await Assert.ThrowsAsync<VaultException>(request);
            Assert.True(error.Code == VaultErrorCode.StorageUnavailable, $"{error.Code}: {error.Message}");
            Assert.Null(error.RetryAfterSeconds);
            Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(damaged, await File.ReadAllBytesAsync(stream));
        await ReceivesAsync(_eve, eves);
        await ReceivesAsync(_eve, await SendAsync(_eve, "more", 2_000));
        await _vault.RestartAsync();
        Assert.Equal(damaged, await File.ReadAllBytesAsync(stream));
    }

    [Fact]
    public async Task File_OneByteOfItsStreamChanged_IsRefusedUntouchedAndOtherFilesAreThere()
    {
        var damagedFile = await SendAsync(_ada, "damaged", 1_000);
        var other = await SendAsync(_ada, "other", 1_000);
        var stream = StreamOf("files", damagedFile.Id.ToString());
        byte[] damaged = [];
        await _vault.RestartAsync(() =>
        {
            damaged = File.ReadAllBytes(stream);
            damaged[damaged.Length / 2] ^= 1;
            File.WriteAllBytes(stream, damaged);
        });

        var target = Path.Combine(_vault.Folder, "target");
        var error = await Assert.ThrowsAsync<VaultException>(() => _ada.ReceiveAsync(damagedFile, target, null, null, default));

        Assert.Equal((VaultErrorCode.StorageUnavailable, (int?)null), (error.Code, error.RetryAfterSeconds));
        Assert.False(File.Exists(target));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(stream));
        await ReceivesAsync(_ada, other);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"version\":99,\"time\":\"2026-01-01T00:00:00.0000000Z\",\"type\":\"user.sig")]
    [InlineData("\u0000\u0000\u0000\u0000")]
    public async Task Streams_LastLineTorn_IsCutAndEverythingAcknowledgedIsThere(string torn)
    {
        var files = new List<VaultFile>();
        for (var number = 0; number < 5; number++)
        {
            files.Add(await SendAsync(_ada, $"file-{number}", 1_000));
        }

        var streams = Directory.EnumerateFiles(Path.Combine(_vault.DataFolder, "state", "streams"), "*.jsonl", SearchOption.AllDirectories).ToArray();
        Assert.True(streams.Length >= 6); // two accounts and the files, at least
        await _vault.RestartAsync(() => Array.ForEach(streams, stream => File.AppendAllText(stream, torn)));

        Assert.Equal(files.Select(file => file.Name), (await ListAsync(_ada)).Select(file => file.Name).Order());
        foreach (var file in files)
        {
            await ReceivesAsync(_ada, file);
        }

        Assert.Equal(2, (await SendAsync(_ada, "file-0", 2_000)).Version);
        await using (var again = await _vault.ConnectAsync())
        {
            await ReceivesAsync(again, await SendAsync(again, "after", 100));
        }

        foreach (var stream in new[] { StreamOf("users", _ada.Account.ToString()), StreamOf("files", files[0].Id.ToString()) })
        {
            var text = await File.ReadAllTextAsync(stream);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        }
    }

    private async Task<VaultFile> SendAsync(VaultSession session, string name, int length) =>
        await session.SendAsync(_vault.Write("source", RandomNumberGenerator.GetBytes(length)), name, null, null, default);

    private async Task ReceivesAsync(VaultSession session, VaultFile file)
    {
        var target = Path.Combine(_vault.Folder, "received");
        await session.ReceiveAsync(file, target, new ReceiveOptions { Overwrite = true }, null, default);
        Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(target))));
    }

    private string[] Blobs() => Directory.GetFiles(Path.Combine(_vault.DataFolder, "content", "blobs"), "*.age", SearchOption.AllDirectories);

    private string StreamOf(string kind, string id) => Assert.Single(
        Directory.GetFiles(Path.Combine(_vault.DataFolder, "state", "streams", kind), $"{id}.jsonl", SearchOption.AllDirectories));

    private static async Task<List<VaultFile>> ListAsync(VaultSession session)
    {
        var files = new List<VaultFile>();
        await foreach (var file in session.ListAsync(default))
        {
            files.Add(file);
        }

        return files;
    }
}
