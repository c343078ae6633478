using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

/// <summary>One content on its way to the vault, step by step as a client takes them.</summary>
internal sealed class TestSend
{
    private readonly TestPerson _person;

    public TestSend(TestPerson person, int payloadLength = 300, byte[]? nameTag = null, int partSize = PartLayout.SealedChunkLength)
    {
        _person = person;
        Header = RandomNumberGenerator.GetBytes(150);
        Payload = RandomNumberGenerator.GetBytes(payloadLength);
        Reserve = new ReserveSendRequest(
            UploadId.New(), FileId.New(), nameTag ?? RandomNumberGenerator.GetBytes(32), Header.Length, payloadLength,
            partSize);
        Assert.True(PartLayout.TryCreate(payloadLength, Reserve.PartSize, out var layout));
        Layout = layout;
    }

    public ReserveSendRequest Reserve { get; init; }

    public PartLayout Layout { get; }

    public byte[] Header { get; }

    public byte[] Payload { get; }

    public byte[] OwnerMetadata { get; } = RandomNumberGenerator.GetBytes(80);

    public byte[] Metadata { get; } = RandomNumberGenerator.GetBytes(90);

    public byte[] PartHashes => [.. Enumerable.Range(0, Layout.PartCount).SelectMany(index => SHA256.HashData(Part(index).Span))];

    public ReadOnlyMemory<byte> Part(int index) => Payload.AsMemory((int)Layout.Offset(index), Layout.Length(index));

    public Task<HttpResponseMessage> ReserveAsync() =>
        _person.Http.PostAsJsonAsync(Routes.Sends, Reserve, ProtocolJson.Default.ReserveSendRequest);

    public async Task<SendTarget> MustReserveAsync()
    {
        using var response = await ReserveAsync();
        return await response.ReadAsync(ProtocolJson.Default.SendTarget);
    }

    public Task<HttpResponseMessage> PutPartAsync(int index) => PutPartAsync(index, Part(index));

    public async Task<HttpResponseMessage> PutPartAsync(
        int index, ReadOnlyMemory<byte> bytes, string? hash = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Routes.SendPart(Reserve.Upload, index))
        {
            Content = content ?? new ReadOnlyMemoryContent(bytes),
        };
        request.Headers.Add(Routes.PartHashHeader, hash ?? Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
        return await _person.SendAsync(request);
    }

    public async Task MustPutAsync()
    {
        for (var index = 0; index < Layout.PartCount; index++)
        {
            using var response = await PutPartAsync(index);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    public CommitSendRequest Commit(SendTarget target, byte[]? partHashes = null, byte[]? seed = null)
    {
        var hashes = partHashes ?? PartHashes;
        var manifest = new Manifest(
            _person.Account, target.File, target.Version, target.PreviousManifest, SHA256.HashData(OwnerMetadata),
            SHA256.HashData(Metadata), Reserve.PayloadLength, Reserve.PartSize, PartLayout.HashOfList(hashes), new byte[32]);
        return new CommitSendRequest(
            Reserve.Upload, Header, hashes, OwnerMetadata, Metadata,
            SignedManifest.Sign(manifest, seed ?? _person.SigningSeed, new byte[32]));
    }

    public Task<HttpResponseMessage> CommitAsync(CommitSendRequest commit) => _person.Http.PostAsJsonAsync(
        Routes.SendCommit(Reserve.Upload), commit, ProtocolJson.Default.CommitSendRequest);

    /// <summary>The whole way.</summary>
    public async Task<Receipt> SendAsync()
    {
        var target = await MustReserveAsync();
        await MustPutAsync();
        using var response = await CommitAsync(Commit(target));
        return await response.ReadAsync(ProtocolJson.Default.Receipt);
    }

    /// <summary>One frame of a batch, guessing that the name is new.</summary>
    public byte[] Frame(CommitSendRequest? commit = null)
    {
        var item = new SendBatchItem(Reserve, commit ?? Commit(new SendTarget(Reserve.File, 1, null)));
        var json = JsonSerializer.SerializeToUtf8Bytes(item, ProtocolJson.Default.SendBatchItem);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, json.Length);
        return [.. length, .. json, .. Payload];
    }
}
