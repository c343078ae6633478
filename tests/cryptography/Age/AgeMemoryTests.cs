using System.Security.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

public sealed class AgeMemoryTests
{
    private const long Length = 256L << 20;
    private const long Bound = 1 << 20;

    [Fact]
    public void Encrypt_256MiB_AllocatesLessThanOneMiB()
    {
        using var identity = HybridIdentity.Generate();
        using var plaintext = new ZeroStream(Length);
        using var destination = new CountingStream();

        var before = GC.GetAllocatedBytesForCurrentThread();
        AgeFile.Encrypt(plaintext, destination, identity.Recipient());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1627 + AgePayload.PayloadLength(Length), destination.Written);
        Assert.InRange(allocated, 0, Bound);
    }

    [Fact]
    public void Decrypt_256MiB_AllocatesLessThanOneMiB()
    {
        using var identity = HybridIdentity.Generate();
        using var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        using var source = new SealedZeroStream(AgeHeader.Create(fileKey, identity.Recipient()), fileKey, Length);
        using var destination = new CountingStream();

        var before = GC.GetAllocatedBytesForCurrentThread();
        AgeFile.Decrypt(source, destination, identity);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Length, destination.Written);
        Assert.True(destination.OnlyZeros);
        Assert.InRange(allocated, 0, Bound);
    }

    private class ZeroStream(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            buffer[..count].Clear();
            _left -= count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>A whole age file of zeros, sealed chunk by chunk as it is read.</summary>
    private sealed class SealedZeroStream : ZeroStream
    {
        private readonly PayloadKey _key;
        private readonly byte[] _plaintext = new byte[AgePayload.ChunkSize];
        private readonly byte[] _chunk = new byte[AgePayload.SealedChunkSize];
        private ReadOnlyMemory<byte> _ready;
        private long _left;
        private ulong _counter;

        internal SealedZeroStream(byte[] header, SecretBytes fileKey, long length)
            : base(0)
        {
            var nonce = RandomNumberGenerator.GetBytes(AgePayload.NonceLength);
            _key = new PayloadKey(fileKey, nonce);
            _ready = header.Concat(nonce).ToArray();
            _left = length;
        }

        public override int Read(Span<byte> buffer)
        {
            if (_ready.IsEmpty && _left > 0)
            {
                var count = (int)Math.Min(_left, AgePayload.ChunkSize);
                _left -= count;
                _ready = _chunk.AsMemory(0, count + AgePayload.Overhead);
                var plaintext = _plaintext.AsSpan(0, count);
                _key.SealChunk(_chunk.AsSpan(0, _ready.Length), plaintext, _counter++, last: _left == 0);
            }

            var taken = Math.Min(buffer.Length, _ready.Length);
            _ready.Span[..taken].CopyTo(buffer);
            _ready = _ready[taken..];
            return taken;
        }

        protected override void Dispose(bool disposing)
        {
            _key.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class CountingStream : ZeroStream
    {
        internal CountingStream()
            : base(0)
        {
        }

        public override bool CanWrite => true;

        internal long Written { get; private set; }

        internal bool OnlyZeros { get; private set; } = true;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Written += buffer.Length;
            OnlyZeros &= !buffer.ContainsAnyExcept((byte)0);
        }
    }
}
