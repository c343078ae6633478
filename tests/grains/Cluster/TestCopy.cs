using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Grains.Tests;

/// <summary>A copy of a small stored file, as its owner's client asks for it.</summary>
internal sealed class TestCopy
{
    private readonly TestPerson _person;
    private readonly TestSend _source;
    private readonly byte[] _ownerMetadata = RandomNumberGenerator.GetBytes(80);
    private readonly byte[] _metadata = RandomNumberGenerator.GetBytes(90);

    public TestCopy(TestPerson person, TestSend source, byte[]? nameTag = null)
    {
        (_person, _source) = (person, source);
        NameTag = nameTag ?? RandomNumberGenerator.GetBytes(32);
    }

    public UploadId Upload { get; init; } = UploadId.New();

    public FileId File { get; init; } = FileId.New();

    public byte[] NameTag { get; }

    public byte[] Header { get; init; } = RandomNumberGenerator.GetBytes(170);

    /// <summary>What it takes of the quota.</summary>
    public long Length => Header.Length + _source.Reserve.PayloadLength;

    public Manifest Manifest(SendTarget target) => _source.Manifest(target) with
    {
        OwnerMetadata = SHA256.HashData(_ownerMetadata),
        Metadata = SHA256.HashData(_metadata),
    };

    public CopyVersionRequest Request(Manifest manifest, byte[]? signingSeed = null) => new(
        File, NameTag, new CommitSendRequest(
            Upload, Header, [], _ownerMetadata, _metadata,
            SignedManifest.Sign(manifest, signingSeed ?? _person.SigningSeed, new byte[32])));

    public CopyVersionRequest Request(SendTarget? target = null) => Request(Manifest(target ?? new SendTarget(File, 1, null)));

    public Task<Interfaces.Outcome<Receipt>> TryAsync(CopyVersionRequest? request = null, int version = 1) =>
        _person.Grain.CopyVersion(_person.Session, _source.Reserve.File, version, request ?? Request());

    public async Task<Receipt> MakeAsync() => Expect.Value(await TryAsync());
}
