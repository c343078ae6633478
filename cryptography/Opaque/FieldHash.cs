using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vault.Cryptography.Opaque;

/// <summary>Variable-length fields as hashes and MACs of both RFCs take them: I2OSP(len(field), 2) ‖ field.</summary>
internal static class FieldHash
{
    internal static void AppendField(this IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)field.Length));
        hash.AppendData(length);
        hash.AppendData(field);
    }

    /// <exception cref="ArgumentException">The field does not fit its two-byte length.</exception>
    internal static void RequireFits(int length, string name)
    {
        if (length > OpaqueSuite.MaxFieldLength)
        {
            throw new ArgumentException($"At most {OpaqueSuite.MaxFieldLength} bytes, not {length}.", name);
        }
    }
}
