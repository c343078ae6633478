namespace Vault.Storage.Azure;

/// <summary>How patient a connection to Azure blobs is, and how long a stream's segments are.</summary>
/// <remarks>With these values a refused connection is reported within about a second, and one that nobody answers within five.</remarks>
public sealed record AzureOptions
{
    /// <summary>
    /// Where a stream goes on in another blob, in bytes. A blob takes 50,000 appends; the shortest line has 146 bytes, so
    /// a segment that ends here has never had more than 43,100.
    /// </summary>
    public int SegmentLength { get; init; } = 6 * 1024 * 1024;

    /// <summary>How often a call that failed is made again.</summary>
    public int MaxRetries { get; init; } = 2;

    /// <summary>The wait before the first of them; each next one waits twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one attempt to connect may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1.2);

    /// <summary>How long one attempt may take: a small call, a part's upload, or the wait for more of a download.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
