using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>A file that travels whole in a batch; its manifest guesses that the name is new.</summary>
internal sealed class SmallSend : IDisposable
{
    private SmallSend(
        NewContent content, FileMetadata metadata, SendTarget target, ReserveSendRequest reserve, CommitSendRequest commit, Manifest manifest,
        byte[] payload)
    {
        Content = content;
        Metadata = metadata;
        Target = target;
        Reserve = reserve;
        Commit = commit;
        Manifest = manifest;
        Payload = payload;
    }

    public NewContent Content { get; }

    public FileMetadata Metadata { get; }

    /// <summary>What was signed on the guess that the name is new.</summary>
    public SendTarget Target { get; }

    public ReserveSendRequest Reserve { get; }

    public CommitSendRequest Commit { get; }

    public Manifest Manifest { get; }

    public byte[] Payload { get; }

    /// <summary>Reads, seals and signs. The content stays the caller's.</summary>
    public static async Task<SmallSend> PrepareAsync(
        Source source, string name, NewContent content, SignedIn me, CancellationToken cancellationToken)
    {
        var plain = new byte[source.Length];
        var payload = new byte[content.PayloadLength];
        try
        {
            await source.ReadAsync(plain, 0, cancellationToken).ConfigureAwait(false);
            source.RequireUnchanged();
            content.Seal(0, plain, payload);
            var metadata = new FileMetadata(name, source.Length, source.ModifiedAt, SHA256.HashData(plain), content.Protection);
            var guess = new SendTarget(FileId.New(), 1, null);
            var (commit, manifest) = content.Sign(me.Ring, me.Account, guess, metadata, SHA256.HashData(payload));
            return new SmallSend(content, metadata, guess, content.Reserve(guess.File, me.Ring.NameTag(name)), commit, manifest, payload);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Sends a batch; one reply for each item, in order.</summary>
    public static async Task<IReadOnlyList<SendBatchItemReply>> PostAsync(
        SignedIn me, IReadOnlyList<SmallSend> items, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        Span<byte> prefix = stackalloc byte[4];
        foreach (var item in items)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new SendBatchItem(item.Reserve, item.Commit), ProtocolJson.Default.SendBatchItem);
            BinaryPrimitives.WriteInt32BigEndian(prefix, json.Length);
            body.Write(prefix);
            body.Write(json);
            body.Write(item.Payload);
        }

        var reply = await me.Connection.PostAsync(
            Routes.SendBatch, body.GetBuffer().AsMemory(0, (int)body.Length), Protocol.SendBatch.MediaType,
            ProtocolJson.Default.SendBatchReply, cancellationToken).ConfigureAwait(false);
        if (reply.Items.Count != items.Count || reply.Items.Zip(items).Any(pair => pair.First.Upload != pair.Second.Content.Upload))
        {
            throw VaultException.Forged("The server did not answer for each file that was sent.");
        }

        me.Heads.Remember(reply.Items.Select(item => item.Receipt).OfType<Receipt>());
        return reply.Items;
    }

    /// <summary>Zeroes the content's keys.</summary>
    public void Dispose() => Content.Dispose();
}
