using System.Runtime.CompilerServices;

namespace Vault.Cryptography.Primitives;

/// <summary>Length checks that every primitive does before its one native call.</summary>
internal static class Require
{
    /// <exception cref="ArgumentException"><paramref name="buffer"/> is not <paramref name="length"/> bytes long.</exception>
    internal static void Length(
        ReadOnlySpan<byte> buffer, int length, [CallerArgumentExpression(nameof(buffer))] string? name = null)
    {
        if (buffer.Length != length)
        {
            throw new ArgumentException($"{name} must be {length} bytes, not {buffer.Length}.", name);
        }
    }
}
