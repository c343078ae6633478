using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Vault.Storage.Azure;

/// <summary>One container of blobs, reached with bounded retries and time-outs. Dispose it after the stores' last call.</summary>
public sealed class AzureContainer : IDisposable
{
    // The version that the tests run against; services keep old ones, and emulators do not know the newest.
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2025_11_05;

    private readonly AzureLocation _location;
    private readonly HttpClient _http;

    /// <summary>Connects to nothing yet.</summary>
    public AzureContainer(AzureLocation location, AzureOptions? options = null)
        : this(location, options ?? new AzureOptions(), wire => wire)
    {
    }

    /// <summary>For tests that make the network fail.</summary>
    internal AzureContainer(AzureLocation location, AzureOptions options, Func<HttpMessageHandler, HttpMessageHandler> between)
    {
        ArgumentNullException.ThrowIfNull(location);
        _location = location;
        Options = options;
        _http = new HttpClient(between(new SocketsHttpHandler
        {
            ConnectTimeout = Options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10), // so that a moved service is found again
            AllowAutoRedirect = false,
        }))
        {
            Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own
        };
        Client = location.Connect(ClientOptions(Options.MaxRetries));
        ClientWithoutRetries = location.Connect(ClientOptions(retries: 0));
    }

    /// <summary>Whether nothing was in it when it was opened.</summary>
    public bool WasEmpty { get; private set; }

    internal AzureOptions Options { get; }

    internal BlobContainerClient Client { get; }

    /// <summary>For calls whose repetition has to be noticed.</summary>
    internal BlobContainerClient ClientWithoutRetries { get; }

    /// <summary>
    /// Checks that the container is there and lets us in. An empty container in the place of a missing one would look like
    /// a vault without accounts, so it is only made on demand.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: the message says why.</exception>
    public Task OpenAsync(bool create, CancellationToken cancellationToken) => RunAsync(
        $"open {_location}",
        async () =>
        {
            if (create)
            {
                await Client.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            // Listing needs no more rights than the stores have; a SAS may not ask for the container's properties.
            await foreach (var page in Client.GetBlobsAsync(cancellationToken: cancellationToken)
                .AsPages(pageSizeHint: 1).ConfigureAwait(false))
            {
                return WasEmpty = page.Values.Count == 0;
            }

            return WasEmpty = true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Runs a call and turns what the service or the network reports into <see cref="StorageError.Unavailable"/>.
    /// <paramref name="doing"/> completes "could not …".
    /// </summary>
    internal static async Task<T> RunAsync<T>(string doing, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception error) when (IsFailure(error, cancellationToken))
        {
            throw Unavailable(doing, error);
        }
    }

    /// <summary>Walks pages of a listing.</summary>
    internal static async IAsyncEnumerable<T> EnumerateAsync<T>(
        string doing, AsyncPageable<T> source,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        var pages = source.AsPages().GetAsyncEnumerator(cancellationToken);
        await using (pages.ConfigureAwait(false))
        {
            while (await RunAsync(doing, () => pages.MoveNextAsync().AsTask(), cancellationToken).ConfigureAwait(false))
            {
                foreach (var entry in pages.Current.Values)
                {
                    yield return entry;
                }
            }
        }
    }

    /// <summary>Whether an error is one of the service or the network, and not the caller's own giving up.</summary>
    internal static bool IsFailure(Exception error, CancellationToken cancellationToken) => error switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AggregateException all => all.InnerExceptions.All(inner => IsFailure(inner, cancellationToken)),
        RequestFailedException or IOException or HttpRequestException or AuthenticationFailedException => true,
        _ => false,
    };

    internal static StorageException Unavailable(string doing, Exception error) =>
        new(StorageError.Unavailable, $"Storage could not {doing}: {Explain(error)}", error);

    /// <summary>Whether the one blob is missing. A missing container is another error, and no empty store.</summary>
    internal static bool IsMissing(RequestFailedException error) =>
        error.Status == 404 && error.ErrorCode == BlobErrorCode.BlobNotFound;

    private BlobClientOptions ClientOptions(int retries)
    {
        var options = new BlobClientOptions(Version) { Transport = new HttpClientTransport(_http) };
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = retries;
        options.Retry.Delay = Options.RetryDelay;
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = Options.CallTimeout;
        options.TransferValidation.Upload.ChecksumAlgorithm = StorageChecksumAlgorithm.MD5;
        options.Diagnostics.IsLoggingContentEnabled = false;
        return options;
    }

    private static string Explain(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [.., var last] } => Explain(last),
        RequestFailedException { ErrorCode: "ContainerNotFound" } =>
            "the container does not exist. Create it, or correct the setting that names it.",
        RequestFailedException { Status: 401 or 403 } refused =>
            $"access is refused ({refused.ErrorCode ?? "no code"}). Check the key, the SAS's rights and its expiry, or the identity's role.",
        RequestFailedException { Status: > 0 } answered => $"the service answered {answered.Status} {answered.ErrorCode}.",
        OperationCanceledException => "no answer in time.",
        // Several credentials were tried: what the last one said is inside, and says more.
        AuthenticationFailedException =>
            $"the managed identity could not sign in. {FirstLine(error.InnerException as AuthenticationFailedException ?? error)} "
            + "Check that this machine has the identity, and its client id if one is set (Vault:Storage:Identity, AZURE_CLIENT_ID).",
        _ => FirstLine(error),
    };

    private static string FirstLine(Exception error) => error.Message.Split('\n', 2)[0].Trim();
}
