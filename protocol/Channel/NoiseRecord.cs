using Vault.Cryptography.Noise;

namespace Vault.Protocol.Channel;

/// <summary>Sizes of a transport message with its length in front, in bytes.</summary>
internal static class NoiseRecord
{
    internal const int LengthLength = 2;

    internal const int Overhead = LengthLength + NoiseProtocol.TagLength;

    internal const int MaxPlaintextLength = NoiseProtocol.MaxMessageLength - NoiseProtocol.TagLength;

    internal const int MaxLength = LengthLength + NoiseProtocol.MaxMessageLength;

    /// <summary>Each direction has a new key after so many messages (Noise REKEY, section 11.3).</summary>
    internal const long RekeyInterval = 1L << 20;
}

/// <summary>Counts messages of one direction and changes its key when it is time; both ends count alike.</summary>
internal sealed class RecordCounter(CipherState cipher, long rekeyInterval)
{
    private long _count;

    internal void Next()
    {
        if (_count == rekeyInterval)
        {
            cipher.Rekey();
            _count = 0;
        }

        _count++;
    }
}
