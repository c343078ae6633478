using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>Reads a history from its first event to its last and holds it against what this machine saw of it before.</summary>
internal sealed class HistoryReader(SignedIn me)
{
    private static readonly SearchValues<char> TypeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>Every event, each chained to the one before; the last was compared before it is yielded.</summary>
    /// <param name="stream"><see cref="SeenHeads.OfAccount"/>, or a file id.</param>
    /// <param name="route">Where the server shows it.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the server shows another history than before.</exception>
    public async IAsyncEnumerable<HistoryLine> ReadAsync(
        string stream, string route, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HistoryLine? pending = null;
        var check = new ChainCheck(stream, me.Heads.Of(stream));
        await foreach (var line in PagesAsync(route, cancellationToken).ConfigureAwait(false))
        {
            if (pending is not null)
            {
                yield return pending;
            }

            check.Add(line);
            pending = line;
        }

        check.End(me.Heads);
        if (pending is not null)
        {
            yield return pending;
        }
    }

    /// <summary>Reads all of a history for the sake of the comparison.</summary>
    /// <param name="see">Called with each event, before it is known whether the last of them verifies.</param>
    public async Task<VaultHistoryCheck> CheckAsync(
        string stream, string route, string name, FileId? file, Action<HistoryLine>? see, CancellationToken cancellationToken)
    {
        var check = new ChainCheck(stream, me.Heads.Of(stream));
        try
        {
            await foreach (var line in PagesAsync(route, cancellationToken).ConfigureAwait(false))
            {
                check.Add(line);
                see?.Invoke(line);
            }

            check.End(me.Heads);
            return check.Result(name, file);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.IntegrityFailed)
        {
            return check.Result(name, file) with { Problem = error.Message };
        }
    }

    private async IAsyncEnumerable<HistoryLine> PagesAsync(string route, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? next = null; ;)
        {
            var path = next is null ? route : $"{route}?{Routes.AfterQuery}={Uri.EscapeDataString(next)}";
            var page = await me.Connection.GetAsync(path, ProtocolJson.Default.HistoryPage, cancellationToken).ConfigureAwait(false);
            foreach (var line in page.Lines)
            {
                yield return line;
            }

            if (page.Next is null)
            {
                yield break;
            }

            next = page.Lines.Count > 0 ? page.Next : throw VaultException.Forged("The server's history goes on without events.");
        }
    }

    /// <summary>The chain as far as it was shown.</summary>
    private sealed class ChainCheck(string stream, IReadOnlyList<SeenHead> seen)
    {
        private byte[] _hash = new byte[SHA256.HashSizeInBytes];
        private long _version;

        private long Newest => seen.Count == 0 ? 0 : seen.Max(head => head.Version);

        public void Add(HistoryLine line)
        {
            if (line.Version != _version + 1 || line.Type.Length == 0 || line.Type.AsSpan().ContainsAnyExcept(TypeCharacters) || !IsJson(line.Data))
            {
                throw VaultException.Forged($"Event {_version + 1} of the history is none.");
            }

            _hash = line.Hash(_hash);
            _version = line.Version;
            if (seen.Any(head => head.Version == _version && head.Hash != Convert.ToHexStringLower(_hash)))
            {
                throw VaultException.Forged($"The server shows another history than before: event {_version} or one before it was changed.");
            }
        }

        /// <summary>Nothing more is shown: remembers where that was.</summary>
        public void End(SeenHeads heads)
        {
            if (Newest > _version)
            {
                throw VaultException.Forged($"The server shows {_version} events where it had {Newest} before: the history was rolled back.");
            }

            var isKnown = _version == 0 || (seen is [{ IsChecked: true } only] && only.Version == _version);
            if (!isKnown)
            {
                heads.RememberEnd(new SeenHead(stream, _version, Convert.ToHexStringLower(_hash), IsChecked: true), seen);
            }
        }

        public VaultHistoryCheck Result(string name, FileId? file) =>
            new(name, file, _version, Convert.ToHexStringLower(_hash), Newest);

        private static bool IsJson(byte[] data)
        {
            try
            {
                using var parsed = JsonDocument.Parse(data);
                return parsed.RootElement.ValueKind == JsonValueKind.Object;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
