using System.Buffers.Binary;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>An HMAC of a file's normalised path under a key that only the owner has, as a value that can be looked up.</summary>
internal readonly record struct NameTag(UInt128 High, UInt128 Low) : IComparable<NameTag>
{
    /// <summary>In the order of the bytes.</summary>
    public int CompareTo(NameTag other) => High.CompareTo(other.High) is not 0 and var order ? order : Low.CompareTo(other.Low);

    /// <summary>Reads the tag's <see cref="ReserveSendRequest.NameTagLength"/> bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out NameTag tag)
    {
        tag = default;
        if (bytes.Length != ReserveSendRequest.NameTagLength)
        {
            return false;
        }

        tag = new NameTag(
            BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));
        return true;
    }

    /// <summary>The tag's bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[ReserveSendRequest.NameTagLength];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }
}
