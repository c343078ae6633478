using System.Security.Cryptography;

namespace Vault.Gateway.Tests.Channel;

/// <summary>What somebody in the middle does, once, to the transport messages of one direction.</summary>
public enum RecordChange
{
    FirstByte,
    Tag,
    Shortened,
    LengthTooShort,
    LengthTooLong,
    Replayed,
    Swapped,
    Dropped,
    EmptyInserted,
    ShorterThanTagInserted,
    LongestInserted,
    Reflected,
    FromAnotherConnection,
    CutInside,
    CutBetween,
}

/// <summary>Lets everything through until it is armed, and after it struck.</summary>
internal sealed class RecordAttack(RecordChange change, bool up)
{
    private readonly Dictionary<(bool Up, int Number), byte[]> _first = [];
    private byte[]? _held;
    private byte[] _lastOfOtherDirection = new byte[100]; // until there is one
    private int _connection = -1;
    private int _before; // how many messages still go through

    /// <summary>Whether it was done.</summary>
    public bool Struck { get; private set; }

    /// <summary>Strikes after so many more transport messages of this connection, counted from 0.</summary>
    public void Arm(int connection, int after)
    {
        _before = after;
        Volatile.Write(ref _connection, connection);
    }

    public Onward Change(Passing message)
    {
        _first.TryAdd((message.Up, message.Number), message.Bytes);
        if (message.Connection != Volatile.Read(ref _connection))
        {
            return RecordProxy.Unchanged(message);
        }

        if (message.Up != up)
        {
            _lastOfOtherDirection = message.Bytes;
        }

        if (Struck || message.Up != up || message.Record < 0 || _before-- > 0)
        {
            return RecordProxy.Unchanged(message);
        }

        if (change == RecordChange.Swapped && _held is null)
        {
            _held = message.Bytes;
            return new Onward([]);
        }

        Struck = true;
        return Strike(message, message.Bytes, RawPeer.Framed(message.Bytes));
    }

    private Onward Strike(Passing message, byte[] bytes, byte[] framed) => change switch
    {
        RecordChange.FirstByte => new(RawPeer.Framed([(byte)(bytes[0] ^ 1), .. bytes.AsSpan(1)])),
        RecordChange.Tag => new(RawPeer.Framed([.. bytes.AsSpan(..^1), (byte)(bytes[^1] ^ 0x80)])),
        RecordChange.Shortened => new(RawPeer.Framed(bytes.AsSpan(..^1))),
        RecordChange.LengthTooShort => new([.. RawPeer.Framed(bytes.AsSpan(1)).AsSpan(..2), .. bytes]),
        RecordChange.LengthTooLong => new([.. RawPeer.Framed([.. bytes, 0]).AsSpan(..2), .. bytes, .. framed]),
        RecordChange.Replayed => new([.. framed, .. framed]),
        RecordChange.Swapped => new([.. framed, .. RawPeer.Framed(_held)]),
        RecordChange.Dropped => new([]),
        RecordChange.EmptyInserted => new([0, 0, .. framed]),
        RecordChange.ShorterThanTagInserted => new([0, 15, .. new byte[15], .. framed]),
        RecordChange.LongestInserted => new(RawPeer.Framed(RandomNumberGenerator.GetBytes(ushort.MaxValue))),
        RecordChange.Reflected => new(RawPeer.Framed(_lastOfOtherDirection)),
        RecordChange.FromAnotherConnection => new(RawPeer.Framed(_first[(message.Up, message.Number)])),
        RecordChange.CutInside => new(framed[..(framed.Length / 2)], Cut: true),
        RecordChange.CutBetween => new(framed, Cut: true),
        _ => throw new InvalidOperationException($"{change}"),
    };
}
