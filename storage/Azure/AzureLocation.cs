using Azure.Identity;
using Azure.Storage.Blobs;

namespace Vault.Storage.Azure;

/// <summary>Where a container lies, and what lets us in. Its text form holds no secret.</summary>
/// <remarks>
/// <code>
/// https://{account}.blob.core.windows.net/{container}?sv=…&amp;sig=…     a SAS URL of the container
/// https://{account}.blob.core.windows.net/{container}                managed identity
/// DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…          a connection string; the container is named apart
/// </code>
/// </remarks>
public sealed class AzureLocation
{
    private readonly Func<BlobClientOptions, BlobContainerClient> _connect;
    private readonly string _text;

    private AzureLocation(Func<BlobClientOptions, BlobContainerClient> connect)
    {
        // Made once here, so that what the client itself refuses is refused before the start.
        var client = connect(new BlobClientOptions());
        (_connect, _text) = (connect, $"{client.Uri.GetLeftPart(UriPartial.Path)}");
    }

    /// <summary>Reads one of the three forms.</summary>
    /// <param name="text">The form.</param>
    /// <param name="container">The container's name, for a connection string.</param>
    /// <param name="clientId">Which managed identity, where the machine has several; else null or empty.</param>
    /// <param name="now">When; a SAS that has expired is refused.</param>
    /// <exception cref="FormatException">It has none of the forms; the message says why and repeats no secret.</exception>
    public static AzureLocation Parse(string text, string container, string? clientId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("http", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? OfUri(uri, clientId, now)
            : OfConnectionString(text, container);
    }

    /// <summary>The container's URL, without what lets in.</summary>
    public override string ToString() => _text;

    internal BlobContainerClient Connect(BlobClientOptions options) => _connect(options);

    private static AzureLocation OfUri(Uri uri, string? clientId, DateTimeOffset now)
    {
        var parts = new BlobUriBuilder(uri);
        if (parts.BlobContainerName.Length == 0 || parts.BlobName.Length != 0)
        {
            throw new FormatException(
                $"{uri.GetLeftPart(UriPartial.Path)} is no container: it must be https://ACCOUNT.blob.core.windows.net/CONTAINER.");
        }

        if (parts.Sas is { } sas && !string.IsNullOrEmpty(sas.Signature))
        {
            if (sas.Resource is { Length: > 0 } resource && resource != "c")
            {
                throw new FormatException($"The SAS is for '{resource}': make one of the container (sr=c).");
            }

            return sas.ExpiresOn == default || sas.ExpiresOn > now
                ? new AzureLocation(options => new BlobContainerClient(uri, options))
                : throw new FormatException($"The SAS expired at {sas.ExpiresOn:u}: make a new one.");
        }

        if (uri.Query.Length > 1)
        {
            throw new FormatException("What stands behind the container's URL is no SAS: it needs at least sv, sr, sp, se and sig.");
        }

        if (uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new FormatException("A managed identity is shown over https only: use https://, or a SAS, or a connection string.");
        }

        return new AzureLocation(options => new BlobContainerClient(uri, Identity(clientId), options));
    }

    private static AzureLocation OfConnectionString(string text, string container)
    {
        try
        {
            return new AzureLocation(options => new BlobContainerClient(text, container, options));
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            // Not the cause's own words: they may repeat what they could not read.
            throw new FormatException(
                "It is neither a connection string (DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…) nor the URL of a container.");
        }
    }

    private static ChainedTokenCredential Identity(string? clientId)
    {
        var id = Given(clientId) ?? Given(Environment.GetEnvironmentVariable("AZURE_CLIENT_ID"));
        return new ChainedTokenCredential(
            new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { ClientId = id }),
            new ManagedIdentityCredential(
                id is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(id)));
    }

    private static string? Given(string? clientId) => string.IsNullOrWhiteSpace(clientId) ? null : clientId;
}
