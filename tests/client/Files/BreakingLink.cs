using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Client.Tests.LyingServer;
using Vault.Protocol;

namespace Vault.Client.Tests.Files;

/// <summary>A link that a test breaks where it wants, and that remembers every part that left over it.</summary>
internal sealed class BreakingLink
{
    private long _moved;
    private int _left;

    /// <summary>Goes into <see cref="ConnectOptions.Intercept"/>.</summary>
    public HttpMessageHandler Intercept(HttpMessageHandler inner) => new Handler(this) { InnerHandler = inner };

    /// <summary>Bytes of parts, sent or asked for.</summary>
    public long Moved => Interlocked.Read(ref _moved);

    /// <summary>Every part that left: path of the part, and SHA-256 of what was sent as it.</summary>
    public ConcurrentBag<(string Path, string Hash)> Parts { get; } = [];

    /// <summary>The first bytes of each first part that left: the payload's nonce.</summary>
    public ConcurrentBag<(string Path, string Nonce)> Nonces { get; } = [];

    /// <summary>Lets so many parts pass, one way or the other, and then none.</summary>
    public void BreakAfter(int parts) => (_moved, _left) = (0, parts + 1);

    /// <summary>Lets so many parts not pass, and then all.</summary>
    public void BreakFor(int parts) => (_moved, _left) = (0, -parts);

    /// <summary>Lets everything pass.</summary>
    public void Mend() => (_moved, _left) = (0, 0);

    /// <summary>What is answered to parts that do not pass; null where nothing is, as over a link that is gone.</summary>
    public Problem? Refusal { get; set; }

    /// <summary>Whether the server gets the next commit, and the client no answer.</summary>
    public bool LosesReceipts { get; set; }

    // 0: whole; n: lets n - 1 more pass; 1: broken; -n: lets n not pass.
    private bool IsBroken()
    {
        lock (Parts)
        {
            if (_left < 0)
            {
                _left++;
                return true;
            }

            return _left > 1 ? --_left < 1 : _left == 1;
        }
    }

    private sealed class Handler(BreakingLink link) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath; // the client always names one
            HttpResponseMessage? refused = null;
            if (request.Method == HttpMethod.Put && path.Contains("/parts/", StringComparison.Ordinal))
            {
                var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken); // a part has bytes
                link.Parts.Add((path, Convert.ToHexStringLower(SHA256.HashData(bytes))));
                if (path.EndsWith("/parts/0", StringComparison.Ordinal))
                {
                    link.Nonces.Add((path, Convert.ToHexStringLower(bytes.AsSpan(0, 16))));
                }

                refused = Move(bytes.Length);
            }
            else if (path.EndsWith("/payload", StringComparison.Ordinal) && request.Headers.Range?.Ranges.Single() is { From: { } from, To: { } to }
                && to - from > 16)
            {
                refused = Move(to - from + 1);
            }

            if (refused is not null)
            {
                refused.RequestMessage = request;
                return refused;
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (link.LosesReceipts && path.EndsWith("/commit", StringComparison.Ordinal))
            {
                response.Dispose();
                throw new HttpRequestException("The receipt was lost.");
            }

            return response;
        }

        private HttpResponseMessage? Move(long bytes)
        {
            Interlocked.Add(ref link._moved, bytes);
            if (!link.IsBroken())
            {
                return null;
            }

            return link.Refusal is { } problem ? Replies.Of(problem) : throw new HttpRequestException("The link is broken.");
        }
    }
}
