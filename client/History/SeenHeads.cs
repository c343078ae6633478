using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>The heads that this machine has seen of an account's histories, and the versions of its contacts: a text file in the state folder,
/// one <see cref="SeenHead"/> a line.</summary>
/// <remarks>A history must lead through all its heads since the last checked one: a server that forks it gives receipts for both
/// branches, and no chain leads through both. Several processes write the file, each behind the others' lines.</remarks>
internal sealed class SeenHeads(string folder, AccountId account)
{
    /// <summary>The account's own history.</summary>
    public const string OfAccount = "account";

    // Lines that a checked head has replaced cost nothing until there are many.
    private const long ManyBytes = 2 * 1024 * 1024;

    // Of heads that were never checked: the oldest and the newest convict as well as all.
    private const int ManyUnchecked = 16;

    private readonly StateFile _file = new(folder, $"heads-{account}");
    private readonly Lock _gate = new();
    private readonly List<SeenHead> _unwritten = [];
    private Dictionary<string, List<SeenHead>> _known = new(StringComparer.Ordinal);
    private FileStamp? _read;
    private long _many = ManyBytes;

    /// <summary>The histories that were seen, but for the account's own.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file is damaged.</exception>
    public IReadOnlyList<FileId> Files
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return [.. _known.Keys.Concat(_unwritten.Select(head => head.Stream)).Distinct()
                    .Select(stream => FileId.TryParse(stream, out var file) ? file : (FileId?)null).OfType<FileId>()];
            }
        }
    }

    /// <summary>The heads that a history must lead through.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file is damaged.</exception>
    public IReadOnlyList<SeenHead> Of(string stream)
    {
        lock (_gate)
        {
            Refresh();
            return Known(stream);
        }
    }

    /// <summary>Remembers what receipts say: the event that holds a version, and the chain's hash there.</summary>
    public void Remember(IEnumerable<Receipt> receipts) => Remember(receipts
        .Where(receipt => receipt.StreamVersion > 0 && receipt.LineHash.Length == 64 && receipt.LineHash.All(char.IsAsciiHexDigitLower))
        .Select(receipt => new SeenHead(receipt.File.ToString(), receipt.StreamVersion, receipt.LineHash, IsChecked: false)));

    /// <summary>Remembers heads that the server claimed. Where the file cannot be written now, this session knows them all the same, and
    /// writes them with the next: a send that is stored does not fail for it.</summary>
    public void Remember(IEnumerable<SeenHead> heads)
    {
        SeenHead[] claimed = [.. heads];
        Write(claimed, () => claimed);
    }

    /// <summary>Remembers the end of a history that was followed through all of <paramref name="followed"/>: it takes their place.</summary>
    public void RememberEnd(SeenHead end, IReadOnlyList<SeenHead> followed) =>
        Write(
            [end with { IsChecked = false }],
            () =>
            {
                // What another process saw meanwhile was not followed: this head stands beside it, and the next check goes through both.
                Refresh();
                return [end with { IsChecked = !Known(end.Stream).Except(followed).Any() }];
            });

    /// <summary>The highest version that was seen of something whose versions only rise; 0 for none.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file is damaged.</exception>
    public long NewestOf(string stream) => Of(stream).Select(head => head.Version).DefaultIfEmpty().Max();

    /// <summary>Remembers a version of such a thing; the newest takes the place of all before.</summary>
    public void RememberNewest(SeenHead newest) => Write(
        [newest with { IsChecked = false }],
        () =>
        {
            Refresh();
            return Known(newest.Stream).Any(known => known.Version >= newest.Version) ? [] : [newest with { IsChecked = true }];
        });

    private void Write(SeenHead[] otherwise, Func<SeenHead[]> heads)
    {
        lock (_gate)
        {
            if (otherwise.Length == 0 && _unwritten.Count == 0)
            {
                return;
            }

            SeenHead[] news = [];
            try
            {
                var (before, after) = _file.Append(() =>
                {
                    news = heads();
                    return [.. _unwritten.Concat(news).Select(head => head.ToString())];
                });
                Add(before, after, [.. _unwritten, .. news]);
                _unwritten.Clear();
                if (after.Length > _many)
                {
                    Shorten();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _unwritten.AddRange(otherwise);
            }
        }
    }

    // What was read before is not read again as long as nobody else writes.
    private void Refresh()
    {
        var stamp = _file.Stamp;
        if (stamp == _read)
        {
            return;
        }

        if (Parse(_file.ReadWholeLines(), out var damaged) is not { } known)
        {
            // What cannot be read must not pass for never seen.
            throw new VaultException(
                VaultErrorCode.IntegrityFailed, $"{_file.FullPath} is damaged: line {damaged} is no head of a history.",
                "Remove that line; histories are then compared with what the other lines say.");
        }

        (_known, _read) = (known, stamp);
    }

    private void Add(FileStamp before, FileStamp after, SeenHead[] heads)
    {
        if (before != _read)
        {
            _read = null;
            return;
        }

        foreach (var head in heads)
        {
            Take(_known, head);
        }

        _read = after;
    }

    private void Shorten()
    {
        _file.Change(lines =>
        {
            // A damaged file is told of where it is read.
            var kept = Parse(lines, out _)?.Values.SelectMany(Fewest).Select(head => head.ToString()).ToList();
            return kept is null || kept.Count > lines.Length / 2 ? null : kept;
        });
        _many = Math.Max(ManyBytes, 2 * _file.Stamp.Length);
    }

    private SeenHead[] Known(string stream) =>
        [.. _known.GetValueOrDefault(stream, []), .. _unwritten.Where(head => head.Stream == stream)];

    /// <summary>Forgets everything: the account is closed.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            _unwritten.Clear();
            _file.Delete();
        }
    }

    private static IEnumerable<SeenHead> Fewest(List<SeenHead> heads) =>
        heads.Count <= ManyUnchecked ? heads : [heads[0], .. heads[^(ManyUnchecked - 1)..]];

    private static Dictionary<string, List<SeenHead>>? Parse(string[] lines, out int damaged)
    {
        var heads = new Dictionary<string, List<SeenHead>>(StringComparer.Ordinal);
        foreach (var (number, line) in lines.Index().Where(entry => entry.Item.Length > 0))
        {
            if (!SeenHead.TryParse(line, out var head))
            {
                damaged = number + 1;
                return null;
            }

            Take(heads, head);
        }

        damaged = 0;
        return heads;
    }

    // A checked head stands for all before it.
    private static void Take(Dictionary<string, List<SeenHead>> heads, SeenHead head)
    {
        if (head.IsChecked || !heads.TryGetValue(head.Stream, out var seen))
        {
            seen = heads[head.Stream] = [];
        }

        seen.Add(head);
    }
}
