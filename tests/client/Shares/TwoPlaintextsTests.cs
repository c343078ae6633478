using System.Security.Cryptography;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Client.Shares;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Tests.Shares;

/// <summary>An owner who gives one file to two people and means each to read something else, or another one than the list says.</summary>
public sealed class TwoPlaintextsTests(StoryFixture story) : SharedStory(story)
{
    private const int Blocks = 40;

    [Fact]
    public async Task Receive_OfAPayloadThatTwoKeysOpen_IsRefusedUnderTheKeyThatWasNotCommittedTo()
    {
        using var eves = SecretBytes.Random(AgeHeader.FileKeyLength);
        using var bobs = SecretBytes.Random(AgeHeader.FileKeyLength);
        var payload = TwoPlaintexts.Craft(eves, bobs, Blocks);
        var (forEve, forBob) = (Open(eves, payload), Open(bobs, payload));
        Assert.NotEqual(forEve, forBob); // two plaintexts, both authentic for age

        var (file, manifest) = await SendCraftedAsync(eves, payload, forEve.Length, SHA256.HashData(forEve));
        await GrantAsync(file, manifest, eves, Eve.Email, number: 1);
        await GrantAsync(file, manifest, bobs, Bob.Email, number: 2);

        Assert.Equal(forEve, await FetchAsync(Eve, await OnlyReceivedAsync(Eve)));
        var refused = Assert.Single(await ReceivedAsync(Bob)).Error;
        Assert.Equal(VaultErrorCode.IntegrityFailed, refused?.Code);
        Assert.Contains("another key", refused!.Message, StringComparison.Ordinal);
        var asEve = (await OnlyReceivedAsync(Eve)) with { Owner = new VaultFileOwner(Ada.Account, AdaEmail) };
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => FetchAsync(Bob, asEve));
    }

    [Fact]
    public async Task Receive_OfContentThatHasAnotherHashThanItsOwnerSays_IsRefused()
    {
        using var key = SecretBytes.Random(AgeHeader.FileKeyLength);
        using var unused = SecretBytes.Random(AgeHeader.FileKeyLength);
        var payload = TwoPlaintexts.Craft(key, unused, Blocks);
        var stated = SHA256.HashData("what the list promises"u8);
        var (file, manifest) = await SendCraftedAsync(key, payload, Open(key, payload).Length, stated);
        await GrantAsync(file, manifest, key, Bob.Email, number: 1);
        var received = await OnlyReceivedAsync(Bob);
        Assert.Equal(Convert.ToHexStringLower(stated), received.Sha256);

        var refused = await RefusedAsync(VaultErrorCode.IntegrityFailed, () => FetchAsync(Bob, received));

        Assert.Contains("not what was sent", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Vault.Folder, "*.vault-part"));
    }

    [Fact]
    public async Task Receive_OfAPayloadAsLongAsNone_IsRefusedAndHidesNothingElse()
    {
        using var key = SecretBytes.Random(AgeHeader.FileKeyLength);
        var payload = new byte[AgePayload.NonceLength + AgePayload.SealedChunkSize + AgePayload.Overhead - 1]; // a second chunk that cannot be
        var (file, manifest) = await SendCraftedAsync(key, payload, AgePayload.ChunkSize, new byte[SHA256.HashSizeInBytes]);
        await GrantAsync(file, manifest, key, Bob.Email, number: 1);

        Assert.Equal(VaultErrorCode.IntegrityFailed, Assert.Single(await ReceivedAsync(Bob)).Error?.Code);
        var asBob = file with { Owner = new VaultFileOwner(Ada.Account, AdaEmail) };
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => FetchAsync(Bob, asBob));
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => FetchAsync(Ada, file));
    }

    private static byte[] Open(SecretBytes fileKey, byte[] payload)
    {
        using var key = new PayloadKey(fileKey, payload.AsSpan(0, AgePayload.NonceLength));
        var plain = new byte[payload.Length - AgePayload.NonceLength - AgePayload.Overhead];
        Assert.True(key.TryOpenChunk(plain, payload.AsSpan(AgePayload.NonceLength), 0, true));
        return plain;
    }

    // What an honest client never sends, with the honest protocol.
    private async Task<(VaultFile File, SignedManifest Manifest)> SendCraftedAsync(
        SecretBytes fileKey, byte[] payload, int length, byte[] sha256)
    {
        var me = Ada.Me;
        var header = AgeHeader.Create(fileKey, me.Ring.Recipient);
        var upload = UploadId.New();
        var target = await me.Connection.PostAsync(
            Routes.Sends,
            new ReserveSendRequest(
                upload, FileId.New(), me.Ring.NameTag("two"), header.Length, payload.Length, PartLayout.DefaultPartSize),
            ProtocolJson.Default.ReserveSendRequest, ProtocolJson.Default.SendTarget, default);
        var hash = SHA256.HashData(payload);
        await me.Connection.PutPartAsync(Routes.SendPart(upload, 0), payload, Convert.ToHexStringLower(hash), default);
        var metadata = new FileMetadata("two", length, DateTimeOffset.UnixEpoch, sha256, FileProtection.Key);
        using var metadataKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.Metadata);
        using var macKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.ManifestMac);
        var forOwner = metadata.SealForOwner(me.Ring.MetadataKey, me.Account, target);
        var forReaders = metadata.SealForReaders(metadataKey, me.Account, target);
        var manifest = SignedManifest.Sign(
            new Manifest(
                me.Account, target.File, target.Version, target.PreviousManifest, SHA256.HashData(forOwner), SHA256.HashData(forReaders),
                payload.Length, PartLayout.DefaultPartSize, PartLayout.HashOfList(hash), FileKeySchedule.Commit(fileKey)),
            me.Ring.SigningSeed.Span, macKey.Span);
        await me.Connection.PostAsync(
            Routes.SendCommit(upload), new CommitSendRequest(upload, header, hash, forOwner, forReaders, manifest),
            ProtocolJson.Default.CommitSendRequest, ProtocolJson.Default.Receipt, default);
        return (await Ada.GetNewestAsync(target.File, default), manifest);
    }

    private async Task GrantAsync(VaultFile file, SignedManifest manifest, SecretBytes fileKey, string recipient, long number)
    {
        var me = Ada.Me;
        var email = EmailAddress.TryParse(recipient, out var parsed) ? parsed : throw new ArgumentException(recipient);
        var person = await me.Contacts.FindAsync(email, default);
        var grant = Grants.Sign(
            me.Ring, Grants.For(me.Account, file.Id, file.Version, manifest.Hash(), null, number), fileKey, person);
        await me.Connection.PutAsync(
            Routes.FileShares(file.Id), new GrantSharesRequest(CommandId.New(), [grant]), ProtocolJson.Default.GrantSharesRequest,
            ProtocolJson.Default.GrantSharesReply, default);
    }
}
