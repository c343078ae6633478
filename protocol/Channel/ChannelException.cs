namespace Vault.Protocol.Channel;

/// <summary>Why a channel could not be made or ended early.</summary>
public enum ChannelError
{
    /// <summary>The peer spoke no Noise, or not this protocol, or with another pre-shared key.</summary>
    HandshakeFailed,

    /// <summary>The handshake took longer than allowed.</summary>
    TimedOut,

    /// <summary>The server's static key is not the one expected.</summary>
    ServerKeyRefused,

    /// <summary>A message did not verify: somebody changed it on its way.</summary>
    Tampered,

    /// <summary>The connection ended in the middle of a message.</summary>
    Truncated,

    /// <summary>No connection could be made.</summary>
    Unreachable,
}

/// <summary>The channel's one exception. Its messages hold no secret.</summary>
public sealed class ChannelException : IOException
{
    public ChannelException(ChannelError reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>What happened, for code.</summary>
    public ChannelError Reason { get; }

    /// <summary>With <see cref="ChannelError.ServerKeyRefused"/>: the key that the server proved to have, 32 bytes.</summary>
    public ReadOnlyMemory<byte> ServerKey { get; init; }
}
