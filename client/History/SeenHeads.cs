using System.Globalization;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Where a history ended when this machine saw it: a server that shows another one later has forked it or rolled it back.</summary>
/// <param name="Stream">The history: see <see cref="SeenHeads"/>.</param>
/// <param name="Version">The number of its last event.</param>
/// <param name="Hash">The chain's hash there, 64 hexadecimal digits.</param>
internal readonly record struct SeenHead(string Stream, long Version, string Hash);

/// <summary>The heads that this machine has seen of an account's histories: a text file in the state folder, one
/// <c>history version hash</c> a line, where the history is <c>account</c> or a file id; of several lines the highest version counts.</summary>
internal sealed class SeenHeads(string folder, AccountId account)
{
    /// <summary>The account's own history.</summary>
    public const string OfAccount = "account";

    // Lines that newer ones have replaced cost nothing until there are many.
    private const int ManyLines = 20_000;

    private readonly StateFile _file = new(folder, $"heads-{account}");

    private readonly Lock _gate = new();
    private readonly List<string> _unwritten = [];

    /// <summary>Every history seen, at its newest head.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the file is damaged.</exception>
    public IReadOnlyDictionary<string, SeenHead> Read()
    {
        lock (_gate)
        {
            return Parse([.. _file.Read(), .. _unwritten]);
        }
    }

    /// <summary>Remembers what receipts say: the event that holds a version, and the chain's hash there.</summary>
    public void Remember(IEnumerable<Receipt> receipts) => Remember(receipts
        .Where(receipt => receipt.StreamVersion > 0 && receipt.LineHash.Length == 64 && receipt.LineHash.All(char.IsAsciiHexDigitLower))
        .Select(receipt => new SeenHead(receipt.File.ToString(), receipt.StreamVersion, receipt.LineHash)));

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
                    _file.Change(all => Parse(all).Values.Select(Format));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Kept above.
            }
        }
    }

    private static string Format(SeenHead head) =>
        string.Create(CultureInfo.InvariantCulture, $"{head.Stream} {head.Version} {head.Hash}");

    private Dictionary<string, SeenHead> Parse(string[] lines)
    {
        var heads = new Dictionary<string, SeenHead>(StringComparer.Ordinal);
        foreach (var (number, line) in lines.Index().Where(entry => entry.Item.Length > 0))
        {
            if (line.Split(' ') is not [var stream, var digits, { Length: 64 } hash]
                || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            {
                // What cannot be read must not pass for never seen.
                throw new VaultException(
                    VaultErrorCode.IntegrityFailed, $"{_file.FullPath} is damaged: line {number + 1} is no head of a history.",
                    "Remove that line; histories are then compared with what the other lines say.");
            }

            if (!heads.TryGetValue(stream, out var known) || known.Version <= version)
            {
                heads[stream] = new SeenHead(stream, version, hash);
            }
        }

        return heads;
    }
}
