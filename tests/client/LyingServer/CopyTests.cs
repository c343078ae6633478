using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server that lies about what is copied, or about the copy.</summary>
public sealed class CopyTests : IClassFixture<LyingVault>
{
    private static readonly byte[] Hash = SHA256.HashData("another"u8);

    private static readonly Dictionary<string, Func<Receipt, Receipt>> Receipts = new()
    {
        ["another file"] = receipt => receipt with { File = FileId.New() },
        ["another version"] = receipt => receipt with { Version = 2 },
        ["another manifest"] = receipt => receipt with { ManifestHash = Hash },
        ["other parts"] = receipt => receipt with { PartList = Hash },
        ["no place in the stream"] = receipt => receipt with { StreamVersion = 0 },
        ["no line hash"] = receipt => receipt with { LineHash = "" },
    };

    // What is said of the version that is copied, or afterwards of the copy; "other" is the file that it is confused with.
    private static readonly Dictionary<string, Func<FileVersionReply, FileVersionReply, FileVersionReply>> Versions = new()
    {
        ["all of the other file"] = (_, other) => other,
        ["the other's manifest"] = (said, other) => said with { Manifest = other.Manifest },
        ["the other's metadata"] = (said, other) => said with { Metadata = other.Metadata },
        ["the other's name"] = (said, other) => said with { OwnerMetadata = other.OwnerMetadata },
        ["all but the id"] = (said, other) => other with { File = said.File },
    };

    private readonly LyingVault _vault;

    public CopyTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string> ReceiptLies => [.. Receipts.Keys];

    public static TheoryData<string> VersionLies => [.. Versions.Keys];

    [Theory]
    [MemberData(nameof(ReceiptLies))]
    public async Task Copy_ForgedReceipt_IsNoSuccess(string lie)
    {
        _vault.Liar.Alter("/copy", ProtocolJson.Default.Receipt, Receipts[lie]);

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => CopyAsync(_vault.Big));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("null")]
    public async Task Copy_WithoutAReceipt_IsNoSuccess(string answer)
    {
        _vault.Liar.AlterBytes("/copy", (_, _) => System.Text.Encoding.UTF8.GetBytes(answer));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => CopyAsync(_vault.Big));
    }

    [Theory]
    [MemberData(nameof(VersionLies))]
    public async Task Copy_OfAForgedVersion_SignsNothing(string lie)
    {
        var other = await _vault.VersionAsync(_vault.Other.Id, 1);
        var asked = 0;
        _vault.Liar.OnSend("/copy", _ => asked++);
        _vault.Liar.Alter("/versions/1", ProtocolJson.Default.FileVersionReply, honest => Versions[lie](honest, other));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => CopyAsync(_vault.Big));
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Copy_HeaderOfAnotherFile_SignsNothing()
    {
        var other = await _vault.VersionAsync(_vault.Other.Id, 1);
        var asked = 0;
        _vault.Liar.OnSend("/copy", _ => asked++);
        _vault.Liar.Alter("/versions/1", ProtocolJson.Default.FileVersionReply, honest => honest with { Header = other.Header });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => CopyAsync(_vault.Big));
        Assert.Equal(0, asked);
    }

    [Theory]
    [MemberData(nameof(VersionLies))]
    public async Task Receive_CopyConfusedWithItsOriginal_IsRefused(string lie)
    {
        // Both have one content and one file key: what tells them apart is what was signed.
        var copy = await CopyAsync(_vault.Big);
        var original = await _vault.VersionAsync(_vault.Big.Id, 1);
        _vault.Liar.Alter($"/{copy.Id}/versions/1", ProtocolJson.Default.FileVersionReply, honest => Versions[lie](honest, original));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(copy));
    }

    [Fact]
    public async Task Receive_CopyUnderItsOriginalsHeader_IsTheSameContent()
    {
        // Nothing is gained by it: the header opens to the very key that the copy's manifest commits to.
        var copy = await CopyAsync(_vault.Big);
        var original = await _vault.VersionAsync(_vault.Big.Id, 1);
        _vault.Liar.Alter($"/{copy.Id}/versions/1", ProtocolJson.Default.FileVersionReply, honest => honest with { Header = original.Header });

        await _vault.ReceiveAsync(copy);

        Assert.Equal(1, _vault.Liar.Told);
        Assert.Equal(_vault.Big.Sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_vault.Target))));
        File.Delete(_vault.Target);
        _vault.Liar.BeHonest();
    }

    [Fact]
    public async Task Receive_CopyWithAnotherPayload_IsRefused()
    {
        var copy = await CopyAsync(_vault.Big);
        _vault.Liar.Redirect(
            $"/{copy.Id}/versions/1/payload",
            asked => new Uri(asked.GetLeftPart(UriPartial.Authority) + Routes.FilePayload(_vault.Other.Id, 1)));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(copy));
    }

    [Fact]
    public async Task Copy_AskedToSignWhatCannotBe_SignsNothingMore()
    {
        var signed = 0;
        _vault.Liar.Answer("/copy", _ =>
        {
            signed++;
            return Replies.Problem(ErrorCode.Conflict, new SendTarget(FileId.New(), 2, null));
        });

        await _vault.AssertRefusedAsync(
            VaultErrorCode.IntegrityFailed,
            () => _vault.Session.CopyAsync(_vault.Big, "copy.bin", new CopyOptions { Overwrite = true }, default));
        Assert.Equal(1, signed);
    }

    [Fact]
    public async Task Copy_NameSaidToBeInUse_IsAConflictAndSignsNoNextVersion()
    {
        var signed = 0;
        _vault.Liar.Answer("/copy", _ =>
        {
            signed++;
            return Replies.Problem(ErrorCode.Conflict, new SendTarget(_vault.Other.Id, 2, Hash));
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.Conflict, () => CopyAsync(_vault.Big));
        Assert.Equal(1, signed);
    }

    private Task<VaultFile> CopyAsync(VaultFile file) => _vault.Session.CopyAsync(file, $"copy-{Guid.NewGuid():N}", null, default);
}
