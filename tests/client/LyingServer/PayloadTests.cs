using Vault.Protocol;
using static Vault.Client.Tests.LyingServer.LyingVault;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server that sends other bytes than it was given.</summary>
public sealed class PayloadTests : IClassFixture<LyingVault>
{
    private const string Route = "/payload";
    private const int PartSize = PartLayout.DefaultPartSize;

    private readonly LyingVault _vault;

    public PayloadTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    [Theory]
    [InlineData(0)] // the nonce
    [InlineData(20)]
    [InlineData(PartSize + 15)]
    [InlineData(PartSize + 16)]
    [InlineData((2 * PartSize) + 70_000)]
    [InlineData(-1)]
    public async Task Receive_OneByteFlipped_IsRefused(long at)
    {
        var length = _vault.Big.StoredLength - (await _vault.VersionAsync(_vault.Big.Id, 1)).Header.Length;
        var offset = at < 0 ? length + at : at;
        _vault.Liar.AlterBytes(Route, (request, honest) =>
        {
            var range = Assert.Single(request.Headers.Range!.Ranges); // parts are always asked for as ranges
            return offset >= range.From && offset <= range.To ? Flip(honest, (int)(offset - range.From.Value)) : honest;
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Big));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(0, 1)]
    [InlineData(3, 0)]
    public async Task Receive_OnePartInAnothersPlace_IsRefused(int asked, int sent)
    {
        var seen = false;
        var length = _vault.Big.StoredLength - (await _vault.VersionAsync(_vault.Big.Id, 1)).Header.Length;
        Assert.True(PartLayout.TryCreate(length, PartSize, out var layout));
        byte[]? other = null;
        _vault.Liar.AlterBytes(Route, (request, honest) =>
        {
            var from = Assert.Single(request.Headers.Range!.Ranges).From; // as above
            other = from == layout.Offset(sent) ? honest : other;
            seen |= from == layout.Offset(asked);
            return honest;
        });
        await _vault.ReceiveAsync(_vault.Big); // fetches the part to send in the other's place
        File.Delete(_vault.Target);
        Assert.True(seen);

        _vault.Liar.BeHonest();
        _vault.Liar.AlterBytes(Route, (request, honest) =>
            Assert.Single(request.Headers.Range!.Ranges).From == layout.Offset(asked) ? Fit(other!, honest.Length) : honest); // received above
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Big));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task Receive_RangeAnsweredShort_IsRefused(int keptOf1000)
    {
        _vault.Liar.AlterBytes(Route, (_, honest) => keptOf1000 == 1_000 ? honest[..^1] : honest[..(honest.Length * keptOf1000 / 1_000)]);

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Big));
    }

    [Fact]
    public async Task Receive_RangeIgnored_IsRefused()
    {
        var first = new TaskCompletionSource<byte[]>();
        _vault.Liar.AlterBytes(Route, (request, honest) =>
        {
            if (Assert.Single(request.Headers.Range!.Ranges).From == 0)
            {
                first.TrySetResult(honest);
            }

            return Fit(first.Task.GetAwaiter().GetResult(), honest.Length);
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Big));
    }

    [Fact]
    public async Task Receive_ContentOfAnotherFile_IsRefused()
    {
        _vault.Liar.Redirect(Route, _ => Absolute(Routes.FilePayload(_vault.Other.Id, 1)));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Big));
    }

    [Fact]
    public async Task Receive_ContentOfAnOlderVersion_IsRefused()
    {
        _vault.Liar.Redirect(Route, _ => Absolute(Routes.FilePayload(_vault.Note.Id, 1)));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Note));
    }

    [Fact]
    public async Task Receive_OverAFileThatIsThere_KeepsItWhenTheContentIsForged()
    {
        _vault.Liar.AlterBytes(Route, (_, honest) => Flip(honest, ^1));
        await File.WriteAllTextAsync(_vault.Target, "what was there");
        try
        {
            var error = await Assert.ThrowsAsync<VaultException>(
                () => _vault.ReceiveAsync(_vault.Big, new ReceiveOptions { Overwrite = true }));
            Assert.Equal(VaultErrorCode.IntegrityFailed, error.Code);
            Assert.Equal("what was there", await File.ReadAllTextAsync(_vault.Target));
            Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_vault.Target)!)); // a file in a folder
        }
        finally
        {
            File.Delete(_vault.Target);
        }
    }

    private Uri Absolute(string path) => new($"http://127.0.0.1:{_vault.Honest.Server.Port}{path}");

    private static byte[] Fit(byte[] bytes, int length)
    {
        var fitted = new byte[length];
        bytes.AsSpan(0, Math.Min(length, bytes.Length)).CopyTo(fitted);
        return fitted;
    }
}
