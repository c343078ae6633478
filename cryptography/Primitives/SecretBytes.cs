using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>A secret that owns its memory: pinned, so that no copy is left by the collector, and zeroed on dispose.</summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Takes a zero-filled secret of <paramref name="length"/> bytes, to be written through <see cref="Span"/>.</summary>
    public SecretBytes(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _bytes = GC.AllocateArray<byte>(length, pinned: true);
    }

    /// <summary>Copies <paramref name="source"/>; the caller still owns, and zeroes, its own buffer.</summary>
    public SecretBytes(ReadOnlySpan<byte> source)
        : this(source.Length) => source.CopyTo(_bytes);

    /// <summary>Length in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>The secret itself. Do not keep the span after <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The secret was already zeroed.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>The secret for code that awaits. Do not keep it after <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The secret was already zeroed.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>A new secret of <paramref name="length"/> bytes from the system's random number generator.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <summary>An independent copy with its own lifetime.</summary>
    public SecretBytes Copy() => new(Span);

    /// <summary>Zeroes the memory. Safe to call twice.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"SecretBytes({Length})";
}
