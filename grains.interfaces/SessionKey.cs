using System.Diagnostics.CodeAnalysis;

namespace Vault.Grains.Interfaces;

/// <summary>The X25519 public key that a session's connections prove in their handshake; 64 lower-case hexadecimal digits as text.</summary>
[GenerateSerializer, Immutable]
public readonly record struct SessionKey
{
    /// <summary>Length of the key, in bytes.</summary>
    public const int ByteLength = 32;

    [Id(0)]
    private readonly UInt128 _high;

    [Id(1)]
    private readonly UInt128 _low;

    private SessionKey(UInt128 high, UInt128 low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>Reads the key's 32 bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SessionKey key)
    {
        key = default;
        if (bytes.Length != ByteLength)
        {
            return false;
        }

        key = new SessionKey(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));
        return true;
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SessionKey key)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        key = default;
        return text is { Length: 2 * ByteLength }
            && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            && TryRead(bytes, out key);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{_high:x32}{_low:x32}";
}
