using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>Parts of a stored file, and a stored file as a stream: only what is asked for moves.</summary>
public sealed class RangeTests : IAsyncLifetime
{
    private const int PartLength = 4 * 1024 * 1024;
    private const int Length = (3 * PartLength) + 12_345;

    private readonly BreakingLink _link = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;
    private VaultFile _file = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            _vault.Address, "ada@example.org", password, _vault.Options with { Intercept = _link.Intercept }, default);
        _session = account.TakeSession();
        _file = await _session.SendAsync(_vault.Write("source.bin", _content), "source.bin", null, null, default);
        _link.Mend();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData("0-0", 0, 1, 1)]
    [InlineData("0-", 0, Length, 4)]
    [InlineData("-10", Length - 10, 10, 1)]
    [InlineData("-99999999", 0, Length, 4)]
    [InlineData("4194303-4194304", PartLength - 1, 2, 2)]
    [InlineData("8388608-99999999", 2 * PartLength, Length - (2 * PartLength), 2)]
    [InlineData("5000000-5000099", 5_000_000, 100, 1)]
    public async Task Receive_Range_IsThatStretchAndFetchesOnlyItsParts(string text, int offset, int length, int parts)
    {
        Assert.True(ByteRange.TryParse(text, out var range));
        var target = Path.Combine(_vault.Folder, "target.bin");

        await _session.ReceiveAsync(_file, target, new ReceiveOptions { Range = range, Overwrite = true }, null, default);

        Assert.Equal(_content[offset..(offset + length)], await File.ReadAllBytesAsync(target));
        Assert.True(_link.Moved <= parts * (PartLength + 1_100L), $"{_link.Moved} bytes moved.");
        Assert.Equal(text, range.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("5")]
    [InlineData("5-4")]
    [InlineData("-0")]
    [InlineData("a-b")]
    [InlineData("1-2-3")]
    [InlineData("+1-2")]
    [InlineData(" 1-2")]
    public void TryParse_NoRange_IsRefused(string text) => Assert.False(ByteRange.TryParse(text, out _));

    [Fact]
    public async Task Receive_RangeBehindTheEnd_IsRefused()
    {
        Assert.True(ByteRange.TryParse($"{Length}-", out var range));
        var target = Path.Combine(_vault.Folder, "none.bin");

        var error = await Assert.ThrowsAsync<VaultException>(
            () => _session.ReceiveAsync(_file, target, new ReceiveOptions { Range = range }, null, default));

        Assert.Equal(VaultErrorCode.InvalidRequest, error.Code);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task OpenRead_ReadHereAndThere_GivesTheseBytesAndFetchesOnlyTheirParts()
    {
        await using var stream = await _session.OpenReadAsync(_file, null, default);
        var buffer = new byte[100];

        Assert.Equal(Length, stream.Length);
        foreach (var position in (int[])[9_000_000, 9_000_100, 8_400_000])
        {
            stream.Position = position;
            await stream.ReadExactlyAsync(buffer);
            Assert.True(_content.AsSpan(position, buffer.Length).SequenceEqual(buffer));
        }

        Assert.InRange(_link.Moved, PartLength, PartLength + 1_100); // one part, once
        stream.Seek(-50, SeekOrigin.End);
        Assert.Equal(50, stream.Read(buffer, 0, buffer.Length));
        Assert.Equal(0, stream.Read(buffer, 0, buffer.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
    }

    [Fact]
    public async Task OpenRead_FromBeginningToEnd_IsTheFile()
    {
        await using var stream = await _session.OpenReadAsync(_file, null, default);
        Assert.Equal(SHA256.HashData(_content), await SHA256.HashDataAsync(stream));
    }
}
