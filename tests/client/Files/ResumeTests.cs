using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vault.Client.Tests.LyingServer;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>A transfer that died and the same call again: only what is missing moves, and no nonce ever seals two plaintexts.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    // Four full parts of plaintext and a little.
    private const int PartLength = 4 * 1024 * 1024;
    private const int Length = (4 * PartLength) + 1_000;

    private readonly BreakingLink _link = new();
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;

    private string Target => Path.Combine(_vault.Folder, "out", "target.bin");

    private string Journals => Path.Combine(_vault.Options.StateFolder, "sends");

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = _vault.Options with { Intercept = _link.Intercept, ReconnectFor = TimeSpan.Zero };
        await using var account = await VaultAccount.CreateAsync(_vault.Address, "ada@example.org", password, options, default);
        _session = account.TakeSession();
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_LinkDiedInTheMiddle_SecondCallSendsOnlyWhatIsMissing(bool withPassword)
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        using var password = withPassword ? RunningVault.Secret("the file's own") : null;
        var options = One with { Password = password };
        await SendAndDieAsync(content, options);

        _link.Mend();
        var file = await SendAsync(options);

        Assert.InRange(_link.Moved, 1, (long)(Length * 0.62)); // parts 2 to 4 of 0 to 4
        Assert.Single(_link.Nonces);
        Assert.Empty(Directory.EnumerateFiles(Journals));
        await AssertStoredAsync(content, file, password);
    }

    [Theory]
    [InlineData(0, false)] // a part that has arrived
    [InlineData(2, false)] // the part that was under way, and may have left
    [InlineData(4, true)] // a part that never was sealed
    public async Task Send_OneByteChangedBetweenTheCalls_NoNonceSealsTwoPlaintexts(int part, bool goesOn)
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await SendAndDieAsync(content, One);
        content[(part * PartLength) + 500] ^= 1;
        await File.WriteAllBytesAsync(Source, content);

        _link.Mend();
        var file = await SendAsync(One);

        AssertNoNonceSealedTwo();
        Assert.Equal(goesOn ? 1 : 2, Nonces);
        await AssertStoredAsync(content, file, null);
        Assert.Equal(file.StoredLength, (await _session.GetStatusAsync(default)).UsedBytes); // nothing of the first is set aside any more
    }

    [Fact]
    public async Task Send_OtherLengthOrOtherPassword_StartsAfresh()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        using var password = RunningVault.Secret("one");
        using var other = RunningVault.Secret("two");
        await SendAndDieAsync(content, One with { Password = password });

        _link.Mend();
        await AssertStoredAsync(content, await SendAsync(One with { Password = other }), other);
        Assert.Equal(2, Nonces);

        await SendAndDieAsync(content, One);
        await File.WriteAllBytesAsync(Source, content.AsMemory(..^1));
        _link.Mend();
        await AssertStoredAsync(content[..^1], await SendAsync(One), null);
        Assert.Equal(4, Nonces);
        AssertNoNonceSealedTwo();
    }

    [Fact]
    public async Task Send_OtherWorkFactor_StartsAfresh()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        using var password = RunningVault.Secret("one");
        await SendAndDieAsync(content, One with { Password = password });

        _link.Mend();
        var file = await SendAsync(One with { Password = password, WorkFactor = 13 });

        Assert.Equal(2, Nonces);
        await AssertStoredAsync(content, file, password);
        var exported = Path.Combine(_vault.Folder, "exported.age");
        await _session.ExportAsync(file, exported, null, null, default);
        var head = new byte[200];
        using var stream = File.OpenRead(exported);
        await stream.ReadExactlyAsync(head);
        Assert.Contains(" 13\n", Encoding.ASCII.GetString(head), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torn", 1)]
    [InlineData("head flipped", 2)]
    [InlineData("foreign", 2)]
    public async Task Send_JournalDamaged_IsBelievedAsFarAsItVerifies(string damage, int nonces)
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await SendAndDieAsync(content, One);
        var journal = Assert.Single(Directory.EnumerateFiles(Journals));
        var bytes = await File.ReadAllBytesAsync(journal);
        if (damage == "head flipped")
        {
            bytes[100] ^= 1;
        }

        await File.WriteAllBytesAsync(journal, damage switch
        {
            "torn" => [.. bytes, 0, 0, 0, 108, 1, 2, 3],
            "foreign" => RandomNumberGenerator.GetBytes(bytes.Length),
            _ => bytes,
        });

        _link.Mend();
        var file = await SendAsync(One);

        Assert.Equal(nonces, Nonces);
        AssertNoNonceSealedTwo();
        await AssertStoredAsync(content, file, null);
    }

    // Parts 0 and 1 have arrived and part 2 may have left; what the journal has lost of them must not be sealed anew as something else.
    [Theory]
    [InlineData("box of part 1", 1)]
    [InlineData("box of part 1", 2)]
    [InlineData("length of part 1's box", 2)]
    [InlineData("box of part 2", 2)]
    [InlineData("length of part 2's box", 2)]
    [InlineData("part 0's record in part 2's place", 2)]
    [InlineData("older copy", 1)]
    [InlineData("oldest copy", 1)]
    public async Task Send_JournalLostAPartAndTheSourceChanged_NoNonceSealsTwoPlaintexts(string damage, int changed)
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await SendAndDieAsync(content, One);
        var journal = Assert.Single(Directory.EnumerateFiles(Journals));
        var bytes = await File.ReadAllBytesAsync(journal);
        var head = sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(bytes);
        var part = sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(head));
        Assert.Equal(head + (3 * part), bytes.Length);
        switch (damage)
        {
            case "box of part 1":
                bytes[head + part + 50] ^= 1;
                break;
            case "length of part 1's box":
                bytes[head + part + 3] ^= 16;
                break;
            case "length of part 2's box":
                bytes[head + (2 * part) + 3] ^= 16;
                break;
            case "box of part 2":
                bytes[^1] ^= 1;
                break;
            case "part 0's record in part 2's place":
                bytes = [.. bytes[..^part], .. bytes[head..(head + part)]];
                break;
            default: // the journal only grows: its beginning is what it was before
                bytes = bytes[..(damage == "older copy" ? head + part : head)];
                break;
        }

        await File.WriteAllBytesAsync(journal, bytes);
        content[(changed * PartLength) + 500] ^= 1;
        await File.WriteAllBytesAsync(Source, content);

        _link.Mend();
        var file = await SendAsync(One);

        AssertNoNonceSealedTwo();
        Assert.Equal(2, Nonces);
        await AssertStoredAsync(content, file, null);
        Assert.Equal(file.StoredLength, (await _session.GetStatusAsync(default)).UsedBytes); // nothing of the first is set aside any more
    }

    // What has arrived tells that the journal is an older copy, once: it is given back, and then nothing tells of it any more.
    [Fact]
    public async Task Send_BrokeOffWhenAnOlderJournalWasFoundOut_NoNonceSealsTwoPlaintexts()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await SendAndDieAsync(content, One);
        var journal = Assert.Single(Directory.EnumerateFiles(Journals));
        var bytes = await File.ReadAllBytesAsync(journal);
        var head = sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(bytes);
        await File.WriteAllBytesAsync(journal, bytes[..head]);
        content[500] ^= 1;
        await File.WriteAllBytesAsync(Source, content);
        _link.Mend();
        var liar = new Liar();
        var asked = 0;
        liar.Meanwhile(Routes.Sends, () => ++asked == 2 ? throw new HttpRequestException("The link is broken.") : Task.CompletedTask);
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = _vault.Options with { Intercept = inner => _link.Intercept(liar.Intercept(inner)), ReconnectFor = TimeSpan.Zero };
        await using var session = await VaultSession.ConnectAsync(_vault.Address, "ada@example.org", password, options, default);
        await AssertUnreachableAsync(() => session.SendAsync(Source, "large.bin", One, null, default));

        var file = await SendAsync(One);

        AssertNoNonceSealedTwo();
        Assert.Equal(2, Nonces);
        await AssertStoredAsync(content, file, null);
    }

    // With the source as it was, too: the journal does not tell any more what has left.
    [Fact]
    public async Task Send_JournalDamagedAgainAndAgain_EndsUnderAFreshKey()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await SendAndDieAsync(content, One);
        for (var times = 1; times <= 2; times++)
        {
            var journal = Assert.Single(Directory.EnumerateFiles(Journals));
            var bytes = await File.ReadAllBytesAsync(journal);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(journal, bytes);
            _link.BreakAfter(2);
            await AssertUnreachableAsync(() => SendAsync(One));
        }

        _link.Mend();
        var file = await SendAsync(One);

        Assert.Equal(3, Nonces);
        AssertNoNonceSealedTwo();
        await AssertStoredAsync(content, file, null);
    }

    [Fact]
    public async Task Transfer_ServersStorageAwayInTheMiddle_SecondCallMovesOnlyWhatIsMissing()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(Source, content);
        _link.Refusal = StorageAway(retryAfter: 5);
        _link.BreakAfter(2);
        await AssertFailsAsync(VaultErrorCode.StorageUnavailable, () => SendAsync(One));

        _link.Mend();
        var file = await SendAsync(One);

        Assert.InRange(_link.Moved, 1, (long)(Length * 0.62)); // parts 2 to 4 of 0 to 4
        Assert.Equal(1, Nonces);
        _link.BreakAfter(3);
        await AssertFailsAsync(VaultErrorCode.StorageUnavailable, () => _session.ReceiveAsync(file, Target, OneBack, null, default));
        _link.Mend();
        await _session.ReceiveAsync(file, Target, OneBack, null, default);

        Assert.InRange(_link.Moved, 1, (long)(Length * 0.55));
        AssertReceived(content);
    }

    [Fact]
    public async Task Transfer_StoredDataIsDamaged_GivesEverythingBack()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(Source, content);
        _link.Refusal = StorageAway(retryAfter: null);
        _link.BreakAfter(2);
        await AssertFailsAsync(VaultErrorCode.StorageUnavailable, () => SendAsync(One));

        Assert.Empty(Directory.EnumerateFiles(Journals));
        Assert.Equal(0, (await _session.GetStatusAsync(default)).UsedBytes);
        _link.Mend();
        var file = await SendAsync(One);
        _link.BreakAfter(2);
        await AssertFailsAsync(VaultErrorCode.StorageUnavailable, () => _session.ReceiveAsync(file, Target, OneBack, null, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!)); // a file in a folder
    }

    [Fact]
    public async Task Transfer_ServersStorageAwayForAMoment_GoesOnByItself()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(Source, content);
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = _vault.Options with { Intercept = _link.Intercept, ReconnectFor = TimeSpan.FromMinutes(1) };
        await using var patient = await VaultSession.ConnectAsync(_vault.Address, "ada@example.org", password, options, default);
        _link.Refusal = StorageAway(retryAfter: 0);

        _link.BreakFor(parts: 3);
        var file = await patient.SendAsync(Source, "large.bin", One, null, default);
        _link.BreakFor(parts: 3);
        await patient.ReceiveAsync(file, Target, OneBack, null, default);

        AssertReceived(content);
    }

    [Fact]
    public async Task Send_ReceiptLost_SecondCallFindsTheVersionAndSendsNothing()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(Source, content);
        _link.LosesReceipts = true;
        await AssertUnreachableAsync(() => SendAsync(One));

        _link.LosesReceipts = false;
        _link.Mend();
        var file = await SendAsync(One);

        Assert.Equal((1, 0L), (file.Version, _link.Moved));
        Assert.Empty(Directory.EnumerateFiles(Journals));
        await AssertStoredAsync(content, file, null);
    }

    [Fact]
    public async Task Send_SameNameTwiceAtOnce_EachHasAKeyOfItsOwn()
    {
        await File.WriteAllBytesAsync(Source, RandomNumberGenerator.GetBytes(Length));

        var files = await Task.WhenAll(SendAsync(One), SendAsync(One));

        Assert.Equal([1, 2], files.Select(file => file.Version).Order());
        Assert.Equal(2, Nonces);
    }

    [Fact]
    public async Task Receive_LinkDiedInTheMiddle_SecondCallFetchesOnlyWhatIsMissing()
    {
        var (content, file) = await ReceiveAndDieAsync();
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!)); // a file in a folder

        _link.Mend();
        await _session.ReceiveAsync(file, Target, OneBack, null, default);

        Assert.InRange(_link.Moved, 1, (long)(Length * 0.55));
        AssertReceived(content);
    }

    [Fact]
    public async Task Receive_LinkDiedOverAFileOfOnePart_LeavesNothing()
    {
        await File.WriteAllBytesAsync(Source, RandomNumberGenerator.GetBytes(20_000));
        var file = await SendAsync(One);
        _link.BreakAfter(0);

        await AssertUnreachableAsync(() => _session.ReceiveAsync(file, Target, OneBack, null, default));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!)); // a file in a folder
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("longer")]
    [InlineData("empty")]
    public async Task Receive_WhatWasLeftIsDamaged_IsFetchedAgain(string damage)
    {
        var (content, file) = await ReceiveAndDieAsync();
        var left = Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(Target)!)); // a file in a folder
        using (var stream = new FileStream(left, FileMode.Open))
        {
            if (damage == "flipped")
            {
                stream.Position = 70_000;
                stream.WriteByte((byte)(content[70_000] ^ 1));
            }
            else
            {
                stream.SetLength(damage == "empty" ? 0 : 2L * Length);
            }
        }

        _link.Mend();
        await _session.ReceiveAsync(file, Target, OneBack, null, default);

        AssertReceived(content);
    }

    // Each makes another file key, and so other sealings.
    private int Nonces => _link.Nonces.Select(first => first.Nonce).Distinct().Count();

    private void AssertNoNonceSealedTwo()
    {
        // A send has one nonce, and its parts one counter each: what is sealed under both is one ciphertext.
        Assert.All(_link.Parts.GroupBy(sent => sent.Path), sealings => Assert.Single(sealings.Select(sent => sent.Hash).Distinct()));
        Assert.All(_link.Nonces.GroupBy(first => first.Nonce), sends => Assert.Single(sends.Select(first => first.Path).Distinct()));
    }

    private string Source => Path.Combine(_vault.Folder, "source.bin");

    // One part after the other, so that a test knows which have left.
    private static SendOptions One => new() { ThrottleLimit = 1, WorkFactor = 12 };

    private static ReceiveOptions OneBack => new() { ThrottleLimit = 1 };

    private Task<VaultFile> SendAsync(SendOptions options) => _session.SendAsync(Source, "large.bin", options, null, default);

    private async Task SendAndDieAsync(byte[] content, SendOptions options)
    {
        await File.WriteAllBytesAsync(Source, content);
        _link.BreakAfter(2);
        await AssertUnreachableAsync(() => SendAsync(options));
        Assert.Single(Directory.EnumerateFiles(Journals));
    }

    private async Task<(byte[] Content, VaultFile File)> ReceiveAndDieAsync()
    {
        var content = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(Source, content);
        var file = await SendAsync(One);
        _link.BreakAfter(3);
        await AssertUnreachableAsync(() => _session.ReceiveAsync(file, Target, OneBack, null, default));
        Assert.False(File.Exists(Target));
        return (content, file);
    }

    private static Problem StorageAway(int? retryAfter) => new(ErrorCode.StorageUnavailable, "As the server would word it.", retryAfter);

    private static Task AssertUnreachableAsync(Func<Task> transfer) => AssertFailsAsync(VaultErrorCode.ServerUnreachable, transfer);

    private static async Task AssertFailsAsync(VaultErrorCode code, Func<Task> transfer) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<VaultException>(transfer)).Code);

    private void AssertReceived(byte[] content)
    {
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(File.ReadAllBytes(Target)));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!)); // a file in a folder
    }

    private async Task AssertStoredAsync(byte[] content, VaultFile file, Cryptography.Primitives.SecretBytes? password)
    {
        await _session.ReceiveAsync(file, Target, new ReceiveOptions { Password = password, Overwrite = true }, null, default);
        AssertReceived(content);
    }
}
