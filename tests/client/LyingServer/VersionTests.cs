using System.Text;
using System.Text.Json;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;
using static Vault.Client.Tests.LyingServer.LyingVault;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server that forges what belongs to a version: manifest, header, metadata, part list, ids.</summary>
public sealed class VersionTests : IClassFixture<LyingVault>
{
    private static readonly SecretBytes OtherSeed = SecretBytes.Random(Ed25519.SeedLength);

    // What is said instead of the second version of one file; "first" is its first version, "other" another file.
    private static readonly Dictionary<string, Func<FileVersionReply, FileVersionReply, FileVersionReply, FileVersionReply>> Lies = new()
    {
        ["another owner"] = (said, _, _) => said with { Owner = AccountId.New() },
        ["another file's id"] = (said, _, other) => said with { File = other.File },
        ["the older version's number"] = (said, _, _) => said with { Version = 1 },
        ["version 0"] = (said, _, _) => said with { Version = 0 },
        ["all of another file"] = (_, _, other) => other,
        ["all of the older version"] = (_, first, _) => first,
        ["all of the older version under the newer number"] = (_, first, _) => first with { Version = 2 },

        ["the manifest of another file"] = (said, _, other) => said with { Manifest = other.Manifest },
        ["the manifest of the older version"] = (said, first, _) => said with { Manifest = first.Manifest },
        ["a manifest with a byte changed"] = (said, _, _) => said with { Manifest = said.Manifest with { Bytes = Flip(said.Manifest.Bytes, 40) } },
        ["a broken signature"] = (said, _, _) => said with { Manifest = said.Manifest with { Signature = Flip(said.Manifest.Signature, 10) } },
        ["a signature cut short"] = (said, _, _) => said with { Manifest = said.Manifest with { Signature = said.Manifest.Signature[..63] } },
        ["no signature"] = (said, _, _) => said with { Manifest = said.Manifest with { Signature = [] } },
        ["the signature of the older version"] = (said, first, _) => said with { Manifest = said.Manifest with { Signature = first.Manifest.Signature } },
        ["a manifest signed by another key"] = (said, _, _) => said with
        {
            Manifest = SignedManifest.Sign(Read(said.Manifest), OtherSeed.Span, OtherSeed.Span),
        },
        ["an empty manifest"] = (said, _, _) => said with { Manifest = new SignedManifest([], [], []) },
        ["a manifest of a megabyte"] = (said, _, _) => said with { Manifest = said.Manifest with { Bytes = new byte[1 << 20] } },
        ["a broken MAC"] = (said, _, _) => said with { Manifest = said.Manifest with { Mac = Flip(said.Manifest.Mac, 0) } },
        ["no MAC"] = (said, _, _) => said with { Manifest = said.Manifest with { Mac = [] } },
        ["the MAC of the older version"] = (said, first, _) => said with { Manifest = said.Manifest with { Mac = first.Manifest.Mac } },

        ["the header of another file"] = (said, _, other) => said with { Header = other.Header },
        ["the header of the older version"] = (said, first, _) => said with { Header = first.Header },
        ["a header that nobody here can open"] = (said, _, _) => said with { Header = HeaderFor(HybridIdentity.Generate().Recipient()) },
        ["a header with a byte changed"] = (said, _, _) => said with { Header = Flip(said.Header, 200) },
        ["a header with a broken MAC"] = (said, _, _) => said with { Header = Flip(said.Header, ^3) },
        ["a header cut short"] = (said, _, _) => said with { Header = said.Header[..^1] },
        ["a header with more behind it"] = (said, _, _) => said with { Header = [.. said.Header, 0] },
        ["no header"] = (said, _, _) => said with { Header = [] },
        ["a header of two megabytes"] = (said, _, _) => said with { Header = Enumerable.Repeat((byte)'a', 2 << 20).ToArray() },
        ["another format's header"] = (said, _, _) => said with { Header = Encoding.ASCII.GetBytes("-----BEGIN PGP MESSAGE-----\n") },

        ["part hashes of another file"] = (said, _, other) => said with { PartHashes = other.PartHashes },
        ["part hashes with one changed"] = (said, _, _) => said with { PartHashes = Flip(said.PartHashes, 3) },
        ["part hashes cut short"] = (said, _, _) => said with { PartHashes = said.PartHashes[..^1] },
        ["no part hashes"] = (said, _, _) => said with { PartHashes = [] },
        ["a part hash more"] = (said, _, _) => said with { PartHashes = [.. said.PartHashes, .. said.PartHashes] },

        ["metadata changed"] = (said, _, _) => said with { Metadata = Flip(said.Metadata, 30) },
        ["metadata of another file"] = (said, _, other) => said with { Metadata = other.Metadata },
        ["metadata of the older version"] = (said, first, _) => said with { Metadata = first.Metadata },
        ["no metadata"] = (said, _, _) => said with { Metadata = [] },
        ["the owner's metadata changed"] = (said, _, _) => said with { OwnerMetadata = Flip(said.OwnerMetadata!, 30) }, // own files have it
        ["the owner's metadata of another file"] = (said, _, other) => said with { OwnerMetadata = other.OwnerMetadata },
        ["the owner's metadata of the older version"] = (said, first, _) => said with { OwnerMetadata = first.OwnerMetadata },
        ["no owner's metadata"] = (said, _, _) => said with { OwnerMetadata = null },
        ["the one metadata for the other"] = (said, _, _) => said with { OwnerMetadata = said.Metadata, Metadata = said.OwnerMetadata! }, // as above
    };

    private readonly LyingVault _vault;

    public VersionTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(LieNames))]
    public async Task Receive_ForgedVersion_IsRefused(string lie)
    {
        var first = await _vault.VersionAsync(_vault.Note.Id, 1);
        var other = await _vault.VersionAsync(_vault.Other.Id, 1);
        _vault.Liar.Alter("/versions/2", ProtocolJson.Default.FileVersionReply, honest => Lies[lie](honest, first, other));

        var error = await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Note));

        Assert.NotNull(error.Advice);
    }

    [Theory]
    [InlineData("another file's id")]
    [InlineData("the older version's number")]
    [InlineData("all of another file")]
    [InlineData("all of the older version")]
    [InlineData("the manifest of the older version")]
    [InlineData("a manifest signed by another key")]
    [InlineData("the owner's metadata changed")]
    [InlineData("the owner's metadata of another file")]
    [InlineData("the owner's metadata of the older version")]
    [InlineData("no owner's metadata")]
    public async Task GetVersion_ForgedVersion_IsRefused(string lie)
    {
        var first = await _vault.VersionAsync(_vault.Note.Id, 1);
        var other = await _vault.VersionAsync(_vault.Other.Id, 1);
        _vault.Liar.Alter("/versions/2", ProtocolJson.Default.FileVersionReply, honest => Lies[lie](honest, first, other));

        await _vault.AssertRefusedAsync(
            VaultErrorCode.IntegrityFailed, () => _vault.Session.GetVersionAsync(_vault.Note.Id, 2, default));
    }

    [Fact]
    public async Task Receive_HeaderThatOpensToAnotherFileKey_IsRefusedByTheCommitment()
    {
        var recipient = await RecipientAsync();
        _vault.Liar.Alter("/versions/2", ProtocolJson.Default.FileVersionReply, honest => honest with { Header = HeaderFor(recipient) });

        var error = await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(_vault.Note));

        Assert.Contains("another key", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(21)] // 2 GiB
    [InlineData(30)]
    public async Task Receive_PasswordHeaderThatWouldTakeAllMemory_IsRefusedBeforeAnyWork(int workFactor)
    {
        using var password = RunningVault.Secret("hunter2");
        var file = await _vault.Session.SendAsync(
            _vault.Honest.Write("secret", "x"u8), "secret", new SendOptions { Password = password, WorkFactor = 12 }, null, default);
        _vault.Liar.Alter($"/{file.Id}/versions/{file.Version}", ProtocolJson.Default.FileVersionReply, honest => honest with
        {
            Header = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(honest.Header).Replace(" 12\n", $" {workFactor}\n", StringComparison.Ordinal)),
        });

        var error = await _vault.AssertRefusedAsync(
            VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(file, new ReceiveOptions { Password = password }));

        Assert.Contains("work factor", error.Message, StringComparison.Ordinal);
        Assert.Contains("open it with age", error.Advice, StringComparison.Ordinal); // its sender may have wanted it so
    }

    [Fact]
    public async Task Receive_HeaderOfTheSamePasswordButAnotherFile_IsRefused()
    {
        using var password = RunningVault.Secret("hunter2");
        var options = new SendOptions { Password = password, WorkFactor = 12 };
        var one = await _vault.Session.SendAsync(_vault.Honest.Write("one", "1"u8), "one", options, null, default);
        var two = await _vault.Session.SendAsync(_vault.Honest.Write("two", "2"u8), "two", options, null, default);
        var header = (await _vault.VersionAsync(two.Id, two.Version)).Header;
        _vault.Liar.Alter($"/{one.Id}/versions/1", ProtocolJson.Default.FileVersionReply, honest => honest with { Header = header });

        await _vault.AssertRefusedAsync(
            VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(one, new ReceiveOptions { Password = password }));
    }

    [Fact]
    public async Task Receive_TwoContentsSignedForOneVersion_IsTheOneThatTheListShowed()
    {
        // A server that refuses a send at its very end may still keep it: the person sends anew, and it has two signed second versions.
        const string Name = "twice.txt";
        var first = await _vault.SendAsync(Name, "the first"u8.ToArray());
        var payload = Array.Empty<byte>();
        _vault.Liar.OnSend(Routes.SendBatch, bytes => payload = bytes);
        var kept = await SignedButNotStoredAsync(Name, "pay Eve 900");
        payload = payload[^(int)Read(kept.Manifest).PayloadLength..];
        var stored = await _vault.SendAsync(Name, "pay Bob 100"u8.ToArray());
        Assert.Equal((first.Id, 2), (stored.Id, stored.Version));
        Assert.Equal(2, Read(kept.Manifest).Version);

        _vault.Liar.Alter($"/{first.Id}/versions/2", ProtocolJson.Default.FileVersionReply, honest => honest with
        {
            Header = kept.Header,
            PartHashes = kept.PartHashes,
            OwnerMetadata = kept.OwnerMetadata,
            Metadata = kept.Metadata,
            Manifest = kept.Manifest,
        });
        _vault.Liar.AlterBytes("/payload", (_, _) => payload);
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => _vault.ReceiveAsync(stored));
    }

    // What a client signs for the next version of a name, which the server then claims to have no time for.
    private async Task<CommitSendRequest> SignedButNotStoredAsync(string name, string content)
    {
        CommitSendRequest? commit = null;
        _vault.Liar.Answer("/commit", request =>
        {
            commit = JsonSerializer.Deserialize(request.Content!.ReadAsStream(), ProtocolJson.Default.CommitSendRequest); // a commit has a body
            return Replies.Problem(ErrorCode.ServerBusy);
        });
        await _vault.AssertRefusedAsync(VaultErrorCode.ServerBusy, () => _vault.SendAsync(name, Encoding.UTF8.GetBytes(content)));
        return commit!; // asserted that it was told
    }

    private async Task<HybridRecipient> RecipientAsync()
    {
        string? text = null;
        using var password = RunningVault.Secret(RunningVault.Password);
        _vault.Liar.Alter(Routes.LoginFinish, ProtocolJson.Default.LoginFinishReply, honest =>
        {
            text = honest.Profile.Verify()!.Recipient; // the account's own
            return honest;
        });
        await using (await VaultSession.ConnectAsync(_vault.Honest.Address, "ada@example.org", password, _vault.Options, default))
        {
        }

        _vault.Liar.BeHonest();
        return HybridRecipient.Parse(text);
    }

    private static byte[] HeaderFor(HybridRecipient recipient)
    {
        using var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        return AgeHeader.Create(fileKey, recipient);
    }

    private static Manifest Read(SignedManifest signed) => JsonSerializer.Deserialize(signed.Bytes, ProtocolJson.Default.Manifest)!; // an honest one
}
