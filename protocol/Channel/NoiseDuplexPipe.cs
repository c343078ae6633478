using System.IO.Pipelines;
using Vault.Cryptography.Noise;

namespace Vault.Protocol.Channel;

/// <summary>The encrypted side of a transport: what is written is sealed, what is read was opened. Both ends use it.</summary>
public sealed class NoiseDuplexPipe : IDuplexPipe
{
    /// <summary>Takes over both ciphers; each is disposed when its direction completes.</summary>
    public NoiseDuplexPipe(IDuplexPipe transport, CipherState send, CipherState receive)
        : this(transport, send, receive, NoiseRecord.RekeyInterval)
    {
    }

    /// <summary>As above with another interval, so that a test crosses it.</summary>
    internal NoiseDuplexPipe(IDuplexPipe transport, CipherState send, CipherState receive, long rekeyInterval)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Input = new NoisePipeReader(transport.Input, receive, rekeyInterval);
        Output = new NoisePipeWriter(transport.Output, send, rekeyInterval);
    }

    /// <inheritdoc />
    public PipeReader Input { get; }

    /// <inheritdoc />
    public PipeWriter Output { get; }
}
