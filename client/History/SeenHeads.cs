using System.Globalization;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Where a history ended when this machine saw it: a server that shows another one later has forked it or rolled it back.</summary>
/// <param name="Stream">The history: <see cref="SeenHeads.OfAccount"/>, or a file id.</param>
/// <param name="Version">The number of its last event.</param>
/// <param name="Hash">The chain's hash there, 64 hexadecimal digits.</param>
/// <param name="IsChecked">Whether the chain was followed to here, through all heads seen before; a receipt alone only claims it.</param>
internal readonly record struct SeenHead(string Stream, long Version, string Hash, bool IsChecked);

/// <summary>The heads that this machine has seen of an account's histories: a text file in the state folder, one
/// <c>history version hash</c> a line, with <c>checked</c> behind it where the chain was followed to it.</summary>
/// <remarks>A history must lead through all its heads since the last checked one: a server that forks it gives receipts for both
/// branches, and no chain leads through both.</remarks>
internal sealed class SeenHeads(string folder, AccountId account)
{
    /// <summary>The account's own history.</summary>
    public const string OfAccount = "account";

    private const string Checked = "checked";

    // Lines that a checked head has replaced cost nothing until there are many.
    private const int ManyLines = 20_000;

    // Of heads that were never checked: the oldest and the newest convict as well as all.
    private const int ManyUnchecked = 16;

    private readonly StateFile _file = new(folder, $"heads-{account}");
    private readonly Lock _gate = new();
    private readonly List<string> _unwritten = [];

    /// <summary>Every history seen, with the heads that it must lead through, oldest first.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file is damaged.</exception>
    public IReadOnlyDictionary<string, List<SeenHead>> Read()
    {
        lock (_gate)
        {
            return Parse([.. _file.Read(), .. _unwritten]);
        }
    }

    /// <summary>Remembers what receipts say: the event that holds a version, and the chain's hash there.</summary>
    public void Remember(IEnumerable<Receipt> receipts) => Remember(receipts
        .Where(receipt => receipt.StreamVersion > 0 && receipt.LineHash.Length == 64 && receipt.LineHash.All(char.IsAsciiHexDigitLower))
        .Select(receipt => new SeenHead(receipt.File.ToString(), receipt.StreamVersion, receipt.LineHash, IsChecked: false)));

    /// <summary>Remembers heads. Where the file cannot be written now, this session knows them all the same, and writes them with the
    /// next: a send that is stored does not fail for it.</summary>
    public void Remember(IEnumerable<SeenHead> heads)
    {
        lock (_gate)
        {
            _unwritten.AddRange(heads.Select(Format));
            if (_unwritten.Count == 0)
            {
                return;
            }

            try
            {
                var many = _file.Append(_unwritten) > ManyLines;
                _unwritten.Clear();
                if (many)
                {
                    _file.Change(all => Parse(all).Values.SelectMany(Fewest).Select(Format));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Kept above.
            }
        }
    }

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

    private static string Format(SeenHead head) => string.Create(
        CultureInfo.InvariantCulture, $"{head.Stream} {head.Version} {head.Hash}{(head.IsChecked ? " " + Checked : "")}");

    private Dictionary<string, List<SeenHead>> Parse(string[] lines)
    {
        var heads = new Dictionary<string, List<SeenHead>>(StringComparer.Ordinal);
        foreach (var (number, line) in lines.Index().Where(entry => entry.Item.Length > 0))
        {
            if (line.Split(' ') is not [var stream, var digits, { Length: 64 } hash, .. var rest] || rest is not ([] or [Checked])
                || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            {
                // What cannot be read must not pass for never seen.
                throw new VaultException(
                    VaultErrorCode.IntegrityFailed, $"{_file.FullPath} is damaged: line {number + 1} is no head of a history.",
                    "Remove that line; histories are then compared with what the other lines say.");
            }

            if (rest is [Checked] || !heads.TryGetValue(stream, out var seen))
            {
                seen = heads[stream] = [];
            }

            seen.Add(new SeenHead(stream, version, hash, rest is [Checked]));
        }

        return heads;
    }
}
