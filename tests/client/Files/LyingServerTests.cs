using System.Security.Cryptography;
using Vault.Client.Keys;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Files;

/// <summary>A server that lies about one's own files: nothing of it is believed, and nothing is written.</summary>
public sealed class LyingServerTests : IAsyncLifetime
{
    private readonly Lies _lies = new();
    private RunningVault _vault = null!; // xunit calls InitializeAsync first
    private VaultSession _session = null!;

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        await (await _vault.CreateAsync()).DisposeAsync();
        _session = await DeceivedAsync();
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    public static TheoryData<string> Versions =>
    [
        "signature", "mac", "older version", "another file", "header byte", "header with another key", "metadata", "owner metadata",
        "part hashes", "part hashes swapped", "fewer parts", "owner", "as if received",
    ];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Receive_OfAForgedVersion_IsRefusedAndLeavesNothing(string forgery)
    {
        await SendAsync("a", 5_000_000);
        var file = await SendAsync("a", 9_000_000);
        var other = await SendAsync("b", 9_000_000);
        var older = await ReplyAsync(file.Id, 1);
        var foreign = await ReplyAsync(other.Id, 1);
        using var stranger = SecretBytes.Random(AgeHeader.FileKeyLength);
        _lies.Change(path => path.Contains("/versions/", StringComparison.Ordinal), ProtocolJson.Default.FileVersionReply, reply => forgery switch
        {
            "signature" => reply with { Manifest = reply.Manifest with { Signature = Flipped(reply.Manifest.Signature) } },
            "mac" => reply with { Manifest = reply.Manifest with { Mac = Flipped(reply.Manifest.Mac) } },
            "older version" => older,
            "another file" => foreign,
            "header byte" => reply with { Header = Flipped(reply.Header) },
            "header with another key" => reply with { Header = AgeHeader.Create(stranger, _session.Me.Ring.Recipient) },
            "metadata" => reply with { Metadata = foreign.Metadata },
            "owner metadata" => reply with { OwnerMetadata = foreign.OwnerMetadata },
            "part hashes" => reply with { PartHashes = Flipped(reply.PartHashes) },
            "part hashes swapped" => reply with { PartHashes = [.. reply.PartHashes[32..64], .. reply.PartHashes[..32], .. reply.PartHashes[64..]] },
            "fewer parts" => reply with { PartHashes = reply.PartHashes[..32] },
            "owner" => reply with { Owner = AccountId.New() },
            "as if received" => reply with { OwnerMetadata = null },
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        });

        await RefusedAsync(() => ReceiveAsync(file));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_vault.Folder, "out")));
        _lies.Stop();
        await ReceiveAsync(file);
    }

    [Theory]
    [InlineData("metadata of another file")]
    [InlineData("version")]
    [InlineData("twice")]
    [InlineData("out of order")]
    [InlineData("goes on where it began")]
    public async Task List_Forged_IsRefused(string forgery)
    {
        await SendAsync("a", 10);
        await SendAsync("b", 10);
        _lies.Change(path => path == Routes.Files, ProtocolJson.Default.FileListPage, page =>
        {
            var (first, second) = (page.Files[0], page.Files[1]);
            return forgery switch
            {
                "metadata of another file" => page with { Files = [first with { OwnerMetadata = second.OwnerMetadata }, second] },
                "version" => page with { Files = [first with { Version = 2 }, second] },
                "twice" => page with { Files = [first, first, second] },
                "out of order" => page with { Files = [second, first] },
                "goes on where it began" => page with { Next = first.File },
                _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
            };
        });

        await RefusedAsync(async () =>
        {
            await foreach (var _ in _session.ListAsync(default))
            {
            }
        });
    }

    [Theory]
    [InlineData("file")]
    [InlineData("version")]
    [InlineData("manifest")]
    [InlineData("parts")]
    [InlineData("event")]
    [InlineData("line")]
    public async Task Send_WithAReceiptForSomethingElse_IsNoSuccess(string forgery)
    {
        Receipt Forge(Receipt receipt) => forgery switch
        {
            "file" => receipt with { File = FileId.New() },
            "version" => receipt with { Version = receipt.Version + 1 },
            "manifest" => receipt with { ManifestHash = Flipped(receipt.ManifestHash) },
            "parts" => receipt with { PartList = Flipped(receipt.PartList) },
            "event" => receipt with { StreamVersion = 0 },
            "line" => receipt with { LineHash = "" },
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        };
        _lies.Change(path => path == Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => reply with
        {
            Items = [.. reply.Items.Select(item => item with { Receipt = Forge(item.Receipt!) })], // an honest server stored it
        });
        await RefusedAsync(() => SendAsync("small", 10));

        _lies.Change(path => path.EndsWith("/commit", StringComparison.Ordinal), ProtocolJson.Default.Receipt, Forge);
        await RefusedAsync(() => SendAsync("large", 2_000_000));
    }

    [Theory]
    [InlineData("version 0")]
    [InlineData("no predecessor")]
    [InlineData("predecessor of the first")]
    public async Task Send_ToATargetThatCannotBe_IsRefused(string forgery)
    {
        _lies.Change(path => path == Routes.Sends, ProtocolJson.Default.SendTarget, target => forgery switch
        {
            "version 0" => target with { Version = 0 },
            "no predecessor" => target with { Version = 2 },
            "predecessor of the first" => target with { PreviousManifest = new byte[32] },
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        });

        await RefusedAsync(() => SendAsync("large", 2_000_000));
    }

    [Theory]
    [InlineData("key ring")]
    [InlineData("short key ring")]
    [InlineData("profile")]
    [InlineData("account")]
    public async Task Connect_WithForgedAnswers_IsRefused(string forgery)
    {
        using var ring = KeyRing.Generate();
        _lies.Change(path => path == Routes.LoginFinish, ProtocolJson.Default.LoginFinishReply, reply => forgery switch
        {
            "key ring" => reply with { SealedKeyRing = Flipped(reply.SealedKeyRing) },
            "short key ring" => reply with { SealedKeyRing = reply.SealedKeyRing[..20] },
            "profile" => reply with { Profile = ring.CreateProfile(Email(), _vault.Server.ServerKey) },
            "account" => reply with { Account = AccountId.New() },
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        });

        var error = await Assert.ThrowsAsync<VaultException>(DeceivedAsync);
        Assert.Contains(error.Code, new[] { VaultErrorCode.IntegrityFailed, VaultErrorCode.NotAuthenticated });
    }

    [Theory]
    [InlineData(8 * 1024, 3)]
    [InlineData(64 * 1024, 1)]
    [InlineData(8 * 1024 * 1024, 3)]
    public async Task Connect_ToAServerThatAsksForOtherArgon2_IsRefused(int memoryKiB, int iterations)
    {
        _lies.Change(path => path == Routes.Server, ProtocolJson.Default.ServerReply, reply => reply with
        {
            KeyStretching = reply.KeyStretching with { MemoryKiB = memoryKiB, Iterations = iterations },
        });

        await RefusedAsync(DeceivedAsync);
    }

    private static byte[] Flipped(byte[] bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^3] ^= 1;
        return flipped;
    }

    private static EmailAddress Email() =>
        EmailAddress.TryParse("ada@example.org", out var email) ? email : throw new InvalidOperationException();

    private static async Task RefusedAsync(Func<Task> work)
    {
        var error = await Assert.ThrowsAsync<VaultException>(work);
        Assert.True(error.Code == VaultErrorCode.IntegrityFailed, $"{error.Code}: {error.Message}");
    }

    private Task<VaultFile> SendAsync(string name, int length) => _session.SendAsync(
        _vault.Write(Guid.NewGuid().ToString("N"), RandomNumberGenerator.GetBytes(length)), name, null, null, default);

    private Task ReceiveAsync(VaultFile file)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_vault.Folder, "out")).FullName;
        return _session.ReceiveAsync(file, Path.Combine(folder, "target"), null, null, default);
    }

    private Task<FileVersionReply> ReplyAsync(FileId file, int version) => _session.Me.Connection.GetAsync(
        Routes.FileVersion(file, version), ProtocolJson.Default.FileVersionReply, default);

    private async Task<VaultSession> DeceivedAsync()
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(
            _vault.Address, "ada@example.org", password, _vault.Options with { Intercept = _lies.Between }, default);
    }
}
