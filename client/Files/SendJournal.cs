using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>
/// What makes a send that died go on in another process: its keys, and of each part that may have left this machine the plaintext's hash.
/// A file in the person's state folder, sealed record by record, locked while in use.
/// </summary>
/// <remarks>
/// <code>
/// file     = record ‖ record ‖ …      record = length of the box (4, big-endian) ‖ box
/// box      = XChaCha20-Poly1305(plain), associated data = label ‖ 0x00 ‖ account (16) ‖ number of the record (4)
/// record 0 = <see cref="NewContent.Save"/>
/// record n = index (4) ‖ SHA-256 of the plaintext from the file's beginning to the part's end (32) ‖ SHA-256 of the sealed part (32)
/// </code>
/// A part's record is durable before the part's first byte leaves: so whoever continues knows of every counter that has sealed something
/// under this key, and what. A last record that the file's end cuts off is cut away; its part never left. Anything else that does not
/// verify is damage, and may have told of a part that left: then nothing is continued. An older copy of the file that somebody puts back is
/// known by the parts that arrived since; one that left since and never arrived it cannot tell of.
/// </remarks>
internal sealed class SendJournal : IDisposable
{
    private const string Folder = "sends", Extension = ".journal";
    private const int PrefixLength = 4;
    private const int PartLength = 4 + (2 * SHA256.HashSizeInBytes);
    private const int MaxHeadLength = 64 * 1024;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("Vault/1 send journal\0");
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(90); // no server keeps a reservation longer

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<int, JournaledPart> _parts = [];
    private readonly FileStream _file;
    private readonly SignedIn _me;
    private int _records;

    private SendJournal(FileStream file, SignedIn me) => (_file, _me) = (file, me);

    /// <summary>What is being sent; null where there is nothing to continue. Disposed with the journal.</summary>
    public NewContent? Content { get; private set; }

    /// <summary>Whether not all that was noted can be read: parts of <see cref="Content"/> may have left that nothing tells of.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Opens the journal of one name in one account.</summary>
    /// <returns>Null where another process sends under this name at the moment, or the state folder takes no file: such a send cannot be
    /// continued.</returns>
    public static SendJournal? TryOpen(SignedIn me, string name)
    {
        var folder = Path.Combine(me.Connection.StateFolder, Folder);
        try
        {
            PrivateFile.CreateFolder(folder);
            RemoveForgotten(folder);
            var file = new FileStream(Path.Combine(folder, NameOf(me, name) + Extension), Options());
            try
            {
                var journal = new SendJournal(file, me);
                journal.Load();
                return journal;
            }
            catch
            {
                file.Dispose(); // and with it the lock
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The part as it may have left this machine; false where it never did.</summary>
    public bool TryFind(int index, [NotNullWhen(true)] out JournaledPart? part)
    {
        lock (_parts)
        {
            return _parts.TryGetValue(index, out part);
        }
    }

    /// <summary>Whether a send that dies now can be continued: the disk has taken all that was to be noted.</summary>
    public bool IsKept => _records > 0;

    /// <summary>Forgets what was there and notes, durably, what is going to be sent.</summary>
    /// <returns>False where the disk takes no more, and nothing is noted of it: such a send cannot be continued.</returns>
    /// <exception cref="IOException">What was noted cannot be taken back either: nothing may be sent that it does not tell of.</exception>
    public bool TryBegin(NewContent content)
    {
        if (!TryForget())
        {
            return false; // what is there is true of another key
        }

        try
        {
            using var head = content.Save();
            Append(head.Span);
            Flush();
            return true;
        }
        catch (IOException)
        {
            Forget();
            return false;
        }
    }

    /// <summary>Notes a part, durably, before it leaves. Thread-safe. Where the disk takes no more, all that it has is taken back, and the
    /// parts are remembered for this send alone.</summary>
    /// <exception cref="IOException">It cannot be taken back either: the part must not leave.</exception>
    public async Task AddAsync(int index, JournaledPart part, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsKept)
            {
                Note(index, part);
            }

            lock (_parts)
            {
                _parts.Add(index, part);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The send is over, one way or the other: nothing is left to continue.</summary>
    /// <returns>False where the disk does not take that: what it has of the send stays, and is true of it.</returns>
    public bool TryForget()
    {
        try
        {
            Forget();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Lets others have the journal; one with nothing in it is removed.</summary>
    public void Dispose()
    {
        Content?.Dispose();
        _file.Dispose();
        _turn.Dispose();
        try
        {
            if (_records == 0)
            {
                File.Delete(_file.Name);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An empty one tells of nothing.
        }
    }

    // The server, the account and the name, and none of them to be read from it.
    private static string NameOf(SignedIn me, string name) => Convert.ToHexStringLower(HMACSHA256.HashData(
        me.Ring.JournalNameKey.Span, Encoding.UTF8.GetBytes($"{me.Connection.ServerKey}\n{me.Account}\n{name}")));

    private static void RemoveForgotten(string folder)
    {
        foreach (var old in new DirectoryInfo(folder).EnumerateFiles("*" + Extension)
            .Where(file => file.LastWriteTimeUtc < DateTime.UtcNow - Forgotten))
        {
            old.Delete();
        }
    }

    private static FileStreamOptions Options()
    {
        var options = PrivateFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite);
        options.Share = FileShare.None; // the lock
        options.BufferSize = 0;
        return options;
    }

    private void Load()
    {
        if (TryRead(0, MaxHeadLength) is { } head)
        {
            using (head)
            {
                Content = NewContent.TryRestore(head.Span);
            }
        }

        while (Content is not null && TryRead(PartLength, PartLength) is { } part)
        {
            using (part)
            {
                _parts[BinaryPrimitives.ReadInt32BigEndian(part.Span)] = new JournaledPart(
                    part.Span.Slice(4, SHA256.HashSizeInBytes).ToArray(), part.Span[(4 + SHA256.HashSizeInBytes)..].ToArray());
            }
        }

        if (Content is null)
        {
            Forget();
        }
    }

    /// <summary>The next record; null at the end, which is put where the last whole record ends, and at one that is damaged.</summary>
    private SecretBytes? TryRead(int minLength, int maxLength)
    {
        var start = _file.Position;
        Span<byte> prefix = stackalloc byte[PrefixLength];
        if (_file.ReadAtLeast(prefix, PrefixLength, throwOnEndOfStream: false) < PrefixLength)
        {
            return EndAt(start);
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length < minLength + XChaCha20Poly1305.Overhead || length > maxLength + XChaCha20Poly1305.Overhead)
        {
            IsDamaged = true; // one that was cut off has the right length: it comes first
            return null;
        }

        var box = new byte[length];
        if (_file.ReadAtLeast(box, box.Length, throwOnEndOfStream: false) < box.Length)
        {
            return EndAt(start);
        }

        var plain = new SecretBytes(box.Length - XChaCha20Poly1305.Overhead);
        if (!XChaCha20Poly1305.TryOpen(plain.Span, box, AssociatedData(), _me.Ring.JournalKey.Span))
        {
            plain.Dispose();
            IsDamaged = true;
            return null;
        }

        _records++;
        return plain;
    }

    private SecretBytes? EndAt(long end)
    {
        _file.SetLength(end);
        _file.Position = end;
        return null;
    }

    private void Forget()
    {
        IsDamaged = false;
        lock (_parts)
        {
            _parts.Clear();
        }

        Empty();
    }

    private void Empty()
    {
        _file.SetLength(0);
        _file.Position = 0;
        Flush();
        _records = 0; // only now: until it is so on the disk, what is there must tell of every part
    }

    private void Note(int index, JournaledPart part)
    {
        var plain = new byte[PartLength];
        BinaryPrimitives.WriteInt32BigEndian(plain, index);
        part.PlainHash.CopyTo(plain, 4);
        part.SealedHash.CopyTo(plain, 4 + SHA256.HashSizeInBytes);
        try
        {
            Append(plain);
            Flush();
        }
        catch (IOException)
        {
            Empty(); // one that lacks a part must never be continued
        }
    }

    private void Append(ReadOnlySpan<byte> plain)
    {
        var box = XChaCha20Poly1305.Seal(plain, AssociatedData(), _me.Ring.JournalKey.Span);
        var record = new byte[PrefixLength + box.Length];
        BinaryPrimitives.WriteInt32BigEndian(record, box.Length);
        box.CopyTo(record, PrefixLength);
        _file.Write(record);
        _records++;
    }

    private void Flush() => _file.Flush(flushToDisk: true);

    private byte[] AssociatedData()
    {
        var data = new byte[Label.Length + VaultId.ByteLength + 4];
        Label.CopyTo(data, 0);
        VaultId.ToBytes(_me.Account).CopyTo(data, Label.Length);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(^4), _records);
        return data;
    }
}

/// <summary>What a part was when it may have left this machine.</summary>
/// <param name="PlainHash">SHA-256 of the plaintext from the file's beginning to the part's end.</param>
/// <param name="SealedHash">SHA-256 of the sealed part.</param>
internal sealed record JournaledPart(byte[] PlainHash, byte[] SealedHash);
