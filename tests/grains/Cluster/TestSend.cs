using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests;

/// <summary>One small file on its way to the vault.</summary>
internal sealed class TestSend
{
    private readonly TestPerson _person;
    private readonly byte[] _header = RandomNumberGenerator.GetBytes(150);
    private readonly byte[] _payload;

    public TestSend(TestPerson person, byte[]? nameTag = null, int payloadLength = 300)
    {
        _person = person;
        _payload = RandomNumberGenerator.GetBytes(payloadLength);
        Reserve = new ReserveSendRequest(
            UploadId.New(), FileId.New(), nameTag ?? RandomNumberGenerator.GetBytes(32), _header.Length, payloadLength,
            PartLayout.SealedChunkLength);
    }

    public ReserveSendRequest Reserve { get; }

    public UploadId Upload => Reserve.Upload;

    public byte[] OwnerMetadata { get; init; } = RandomNumberGenerator.GetBytes(80);

    public byte[] Metadata { get; } = RandomNumberGenerator.GetBytes(90);

    public byte[] PartHashes => SHA256.HashData(_payload);

    /// <summary>Announces the send and stores its content, as a gateway does.</summary>
    public async Task<SendTarget> StageAsync(TestVault vault)
    {
        var reservations = Expect.Value(await _person.Grain.ReserveSends(_person.Session, [Reserve]));
        var target = Expect.Value(Assert.Single(reservations.Items));
        await StoreContentAsync(vault);
        return target;
    }

    /// <summary>Announces the send and stores the one part of its content, as a gateway does with a large one.</summary>
    public async Task StagePartAsync(TestVault vault)
    {
        Expect.Value(await _person.Grain.ReserveSends(_person.Session, [Reserve]));
        using var content = new MemoryStream(_payload);
        await vault.Content.StagePartAsync(
            ContentBlob, new BlobPart(1, _header.Length, _payload.Length, SHA256.HashData(_payload)), content, default);
    }

    public Task StoreContentAsync(TestVault vault) =>
        vault.Content.PutAsync(ContentBlob, (byte[])[.. _header, .. _payload], default);

    public BlobName ContentBlob => BlobName.Create(ContentName.Of(_person.Account, Upload).Split('/'));

    public Manifest Manifest(SendTarget target) => new(
        _person.Account, target.File, target.Version, target.PreviousManifest, SHA256.HashData(OwnerMetadata),
        SHA256.HashData(Metadata), Reserve.PayloadLength, Reserve.PartSize, PartLayout.HashOfList(PartHashes),
        new byte[32]);

    public CommitSendRequest Commit(SendTarget target) => Commit(Manifest(target));

    public CommitSendRequest Commit(Manifest manifest, byte[]? signingSeed = null) => new(
        Upload, _header, PartHashes, OwnerMetadata, Metadata,
        SignedManifest.Sign(manifest, signingSeed ?? _person.SigningSeed, new byte[32]));

    public async Task<SendBatchItemReply> TryCommitAsync(CommitSendRequest commit) =>
        Assert.Single(Expect.Value(await _person.Grain.CommitSends(_person.Session, [commit])).Items);

    /// <summary>The whole way.</summary>
    public async Task<Receipt> SendAsync(TestVault vault) =>
        Expect.Receipt(await TryCommitAsync(Commit(await StageAsync(vault))));

    /// <summary>The commit of a first version, once more.</summary>
    public async Task<Receipt> SendAgainAsync() =>
        Expect.Receipt(await TryCommitAsync(Commit(new SendTarget(Reserve.File, 1, null))));
}
