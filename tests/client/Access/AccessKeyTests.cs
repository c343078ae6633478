using System.Security.Cryptography;
using System.Text.Json;
using Vault.Client.Access;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Client.Tests.Shares;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Access;

/// <summary>Access keys of Ada's account: what each scope's holder has the keys for, and what is refused before anything is sent.</summary>
public sealed class AccessKeyTests(StoryFixture story) : SharedStory(story)
{
    private static readonly DateTimeOffset InAMonth = DateTimeOffset.UtcNow.AddDays(30);

    [Fact]
    public async Task SendOnly_SendsWhatOnlyTheOwnerOpens()
    {
        await using var sender = await ConnectAsync(AccessScope.SendOnly);
        var (small, large) = (RandomNumberGenerator.GetBytes(1_000), RandomNumberGenerator.GetBytes(5_000_000));
        await sender.SendAsync(Vault.Write("small", small), "drop/small.bin", null, null, default);
        await sender.SendAsync(Vault.Write("large", large), "drop/large.bin", null, null, default);

        var listed = await Ada.FindAsync("drop/small.bin", default);
        Assert.Equal((1_000L, 1), (listed!.Length, listed.Version)); // found: sent above
        Assert.Equal(small, await FetchAsync(Ada, listed));
        Assert.Equal(large, await FetchAsync(Ada, (await Ada.FindAsync("drop/large.bin", default))!)); // sent above
        await RefusedAsync(VaultErrorCode.NotPermitted, () => FetchAsync(sender, listed));
        await RefusedAsync(VaultErrorCode.NotPermitted, async () => await sender.FindAsync("drop/small.bin", default));
        await RefusedAsync(VaultErrorCode.NotPermitted, async () => await ListAsync(sender));
        await RefusedAsync(VaultErrorCode.NotPermitted, async () => await ReceivedAsync(sender));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => sender.RemoveAsync(listed, default));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => sender.ListContactsAsync(default));
        Assert.Throws<VaultException>(() => sender.ExportIdentity());
    }

    [Fact]
    public async Task SendOnly_SameNameAgain_IsTheNextVersionAndReachesPeopleWhenTheOwnerGivesIt()
    {
        var (first, _) = await SendAsync("plans.bin");
        await using var sender = await ConnectAsync(AccessScope.SendOnly);
        var content = RandomNumberGenerator.GetBytes(2_000);
        var sent = await sender.SendAsync(Vault.Write("plans", content), "plans.bin", null, null, default);
        Assert.Equal((first.Id, 2), (sent.Id, sent.Version));

        // The recipient believes the sender's signature because Ada certified it.
        await GiveAsync((await Ada.FindAsync("plans.bin", default))!, BobEmail); // sent above
        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
        var refused = await RefusedAsync(
            VaultErrorCode.NotPermitted, () => sender.SendAsync(Vault.Write("plans", content), "plans.bin", null, null, default));
        Assert.Contains("Others have this file", refused.Message, StringComparison.Ordinal);

        // Ada's own next version goes on from it.
        var (third, next) = await SendAsync("plans.bin");
        Assert.Equal(3, third.Version);
        Assert.Equal(next, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
    }

    [Fact]
    public async Task SendOnly_WithAPassword_OpensWithIt()
    {
        await using var sender = await ConnectAsync(AccessScope.SendOnly);
        var content = RandomNumberGenerator.GetBytes(2_000);
        using var password = RunningVault.Secret("of its own");
        await sender.SendAsync(
            Vault.Write("locked", content), "locked.bin", new SendOptions { Password = password, WorkFactor = 15 }, null, default);
        var file = await Ada.FindAsync("locked.bin", default);
        var target = Path.Combine(Vault.Folder, Guid.NewGuid().ToString("N"));
        await Ada.ReceiveAsync(file!, target, new ReceiveOptions { Password = password }, null, default); // sent above
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
    }

    [Fact]
    public async Task ReadOnly_ReadsEverythingAndChangesNothing()
    {
        var (file, content) = await SendAsync();
        await using var sender = await ConnectAsync(AccessScope.SendOnly);
        await sender.SendAsync(Vault.Write("dropped", content), "dropped.bin", null, null, default);
        var fromBob = await Bob.SendAsync(Vault.Write("bobs", content), $"{Guid.NewGuid():N}.bin", null, null, default);
        Assert.NotNull(Assert.Single(await Bob.GrantAsync(fromBob, [AdaEmail], null, default)).Share);
        await using var reader = await ConnectAsync(AccessScope.ReadOnly);

        Assert.Equal(["dropped.bin", file.Name], (await ListAsync(reader)).Select(f => f.Name).Order());
        Assert.Equal(content, await FetchAsync(reader, file));
        var received = Assert.Single(await ReceivedAsync(reader), r => r.Id == fromBob.Id);
        Assert.Equal(content, await FetchAsync(reader, received.File!)); // it verified
        await RefusedAsync(VaultErrorCode.NotPermitted, () => reader.SendAsync(Vault.Write("x", content), "x.bin", null, null, default));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => reader.RemoveAsync(file, default));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => reader.GrantAsync(file, [BobEmail], null, default));
        await Bob.RemoveAsync(fromBob, default);
    }

    [Fact]
    public async Task All_DoesEverythingWithFilesAndNothingWithTheAccount()
    {
        await using var session = await ConnectAsync(AccessScope.All);
        Assert.Equal((AccessScope.All, AdaEmail), (session.Scope, session.Email));
        var content = RandomNumberGenerator.GetBytes(2_000);
        var file = await session.SendAsync(Vault.Write("mine", content), "mine.bin", null, null, default);
        Assert.NotNull(Assert.Single(await session.GrantAsync(file, [BobEmail], null, default)).Share);
        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => session.ListAccessKeysAsync(default));
        await RefusedAsync(VaultErrorCode.NotPermitted, () => session.PrepareTotpAsync(default));
        var path = NewPath();
        await RefusedAsync(VaultErrorCode.NotPermitted, () => session.CreateAccessKeyAsync("x", AccessScope.All, InAMonth, path, default));
        Assert.False(File.Exists(path));
        await session.RemoveAsync(file, default);
    }

    [Fact]
    public async Task Remove_WhileTheKeyIsInUse_EndsItOnTheOpenConnection()
    {
        var path = NewPath();
        var entry = await Ada.CreateAccessKeyAsync("to remove", AccessScope.ReadOnly, InAMonth, path, default);
        await using var reader = await VaultSession.ConnectAsync(path, Vault.Options, default);
        await ListAsync(reader);

        Assert.NotNull(Assert.Single(await Ada.ListAccessKeysAsync(default), key => key.Key == entry.Key).LastUsedAt);
        await Ada.RemoveAccessKeyAsync(entry.Key, default);

        await RefusedAsync(VaultErrorCode.NotAuthenticated, async () => await ListAsync(reader));
        var error = await RefusedAsync(VaultErrorCode.NotAuthenticated, () => VaultSession.ConnectAsync(path, Vault.Options, default));
        Assert.Contains("New-VaultAccessKey", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_FileThere_IsRefusedAndNothingIsListed()
    {
        var path = Vault.Write("taken.key", "mine"u8);
        await RefusedAsync(VaultErrorCode.TargetExists, () => Ada.CreateAccessKeyAsync("taken", AccessScope.All, InAMonth, path, default));
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        Assert.DoesNotContain(await Ada.ListAccessKeysAsync(default), key => key.Name == "taken");
    }

    [Fact]
    public async Task Create_File_IsForItsOwnerAlone()
    {
        var path = NewPath();
        await Ada.CreateAccessKeyAsync("private", AccessScope.All, InAMonth, path, default);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            var error = await RefusedAsync(VaultErrorCode.InvalidRequest, () => VaultSession.ConnectAsync(path, Vault.Options, default));
            Assert.Contains("chmod 600", error.Advice, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("# vault access key 1", "# vault access key 2")]
    [InlineData("server = ", "server = a b ")]
    [InlineData("email = ", "email = @")]
    [InlineData("account = ", "account = x")]
    [InlineData("key = ", "key = x")]
    [InlineData("scope = ", "scope = No")]
    [InlineData("\nsecret = ", "\nsecret = AAAA")]
    [InlineData("\nsecret = ", "\nsecre = ")]
    public async Task Connect_DamagedFile_IsRefused(string part, string by)
    {
        var path = await NewKeyAsync(AccessScope.ReadOnly);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace(part, by, StringComparison.Ordinal));
        await RefusedAsync(VaultErrorCode.InvalidRequest, () => VaultSession.ConnectAsync(path, Vault.Options, default));
    }

    [Theory]
    [InlineData("ReadOnly", "All")]
    [InlineData(AdaEmail, BobEmail)]
    public async Task Connect_FileThatSaysOtherThanTheServer_IsRefused(string part, string by)
    {
        var path = await NewKeyAsync(AccessScope.ReadOnly);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace(part, by, StringComparison.Ordinal));
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => VaultSession.ConnectAsync(path, Vault.Options, default));
    }

    [Fact]
    public async Task Connect_NoFile_IsAnIOException() => await Assert.ThrowsAsync<FileNotFoundException>(
        () => VaultSession.ConnectAsync(Path.Combine(Vault.Folder, "none.key"), Vault.Options, default));

    [Fact]
    public async Task AccessRing_OtherSecretScopeAccountOrKey_DoesNotOpen()
    {
        using var file = AccessKeyFile.Read(await NewKeyAsync(AccessScope.All));
        var certified = new SigningCertificate(file.Account, file.Id, [], InAMonth);
        foreach (var scope in Enum.GetValues<AccessScope>())
        {
            var box = AccessRing.Seal(Ada.Me.Ring, scope, file.Secret, certified);
            using var ring = AccessRing.TryOpen(box, file.Secret, scope, file.Account, file.Id);
            Assert.NotNull(ring);
            using var otherSecret = SecretBytes.Random(32);
            Assert.Null(AccessRing.TryOpen(box, otherSecret, scope, file.Account, file.Id));
            Assert.Null(AccessRing.TryOpen(box, file.Secret, scope, AccountId.New(), file.Id));
            Assert.Null(AccessRing.TryOpen(box, file.Secret, scope, file.Account, AccessKeyId.New()));
            Assert.Null(AccessRing.TryOpen(box[..^1], file.Secret, scope, file.Account, file.Id));
            Assert.Null(AccessRing.TryOpen([], file.Secret, scope, file.Account, file.Id));
            Assert.All(
                Enum.GetValues<AccessScope>().Where(other => other != scope),
                other => Assert.Null(AccessRing.TryOpen(box, file.Secret, other, file.Account, file.Id)));
        }
    }

    [Fact]
    public void OwnerMetadata_SealedByAStrangerOrForAnotherFile_IsNotBelieved()
    {
        var (me, file, metadata) = (Ada.Me, FileId.New(), new FileMetadata("a.txt", 1, DateTimeOffset.UnixEpoch, new byte[32], FileProtection.Key));
        var seed = RandomNumberGenerator.GetBytes(32);
        var publicKey = new byte[32];
        Ed25519.PublicKey(publicKey, seed);
        var certificate = new SigningCertificate(me.Account, AccessKeyId.New(), publicKey, InAMonth);
        var good = SignedCertificate.Sign(certificate, me.Ring.SigningSeed.Span);
        Assert.NotNull(Open(good, seed, me.Account, file, 1));
        Assert.Null(Open(good, RandomNumberGenerator.GetBytes(32), me.Account, file, 1));
        Assert.Null(Open(good, seed, me.Account, FileId.New(), 1));
        Assert.Null(Open(good, seed, me.Account, file, 2));
        Assert.Null(Open(good, seed, AccountId.New(), file, 1));
        Assert.Null(Open(SignedCertificate.Sign(certificate, seed), seed, me.Account, file, 1));
        Assert.Null(Open(SignedCertificate.Sign(certificate with { Owner = AccountId.New() }, me.Ring.SigningSeed.Span), seed, me.Account, file, 1));
        Assert.Null(OwnerMetadata.Open("age-encryption.org/v1\n"u8.ToArray(), me.Ring, me.Account, file, 1));

        FileMetadata? Open(SignedCertificate signed, byte[] by, AccountId owner, FileId of, int version)
        {
            var sent = SignedSentMetadata.Sign(
                new SentMetadata(owner, of, version, JsonSerializer.SerializeToUtf8Bytes(metadata, ClientJson.Default.FileMetadata)), by, signed);
            using var box = new MemoryStream();
            AgeFile.Encrypt(
                new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(sent, ProtocolJson.Default.SignedSentMetadata)), box, me.Ring.Recipient);
            return OwnerMetadata.Open(box.ToArray(), me.Ring, me.Account, file, 1);
        }
    }

    private static async Task<List<VaultFile>> ListAsync(VaultSession session)
    {
        var files = new List<VaultFile>();
        await foreach (var file in session.ListAsync(default))
        {
            files.Add(file);
        }

        return files;
    }

    private string NewPath() => Path.Combine(Vault.Folder, $"{Guid.NewGuid():N}.key");

    private async Task<string> NewKeyAsync(AccessScope scope)
    {
        var path = NewPath();
        await Ada.CreateAccessKeyAsync("a script", scope, InAMonth, path, default);
        return path;
    }

    private async Task<VaultSession> ConnectAsync(AccessScope scope) =>
        await VaultSession.ConnectAsync(await NewKeyAsync(scope), Vault.Options, default);
}
