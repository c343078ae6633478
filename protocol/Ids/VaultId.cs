using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Vault.Protocol;

/// <summary>What all ids share: making, writing and reading them.</summary>
public static class VaultId
{
    /// <summary>Length of an id as bytes.</summary>
    public const int ByteLength = 16;

    /// <summary>Length of an id as text.</summary>
    public const int TextLength = 32;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>A new id from the system's random number generator (all 128 bits random).</summary>
    public static TId New<TId>()
        where TId : struct, IVaultId<TId>
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        RandomNumberGenerator.Fill(bytes);
        return TId.From(new Guid(bytes, bigEndian: true));
    }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static string Format<TId>(TId id)
        where TId : struct, IVaultId<TId> => id.Value.ToString("N", CultureInfo.InvariantCulture);

    /// <summary>Reads exactly what <see cref="Format"/> writes; upper case, dashes and blanks are refused.</summary>
    public static bool TryParse<TId>([NotNullWhen(true)] string? text, out TId id)
        where TId : struct, IVaultId<TId>
    {
        id = default;
        if (text is not { Length: TextLength } || text.AsSpan().ContainsAnyExcept(Digits))
        {
            return false;
        }

        id = TId.From(Guid.ParseExact(text, "N"));
        return true;
    }

    /// <summary>The id's 16 bytes, in the order of its digits.</summary>
    public static byte[] ToBytes<TId>(TId id)
        where TId : struct, IVaultId<TId> => id.Value.ToByteArray(bigEndian: true);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static bool TryRead<TId>(ReadOnlySpan<byte> bytes, out TId id)
        where TId : struct, IVaultId<TId>
    {
        id = bytes.Length == ByteLength ? TId.From(new Guid(bytes, bigEndian: true)) : default;
        return bytes.Length == ByteLength;
    }
}
