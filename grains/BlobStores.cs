namespace Vault.Grains;

/// <summary>The keys under which a host registers its two <see cref="Vault.Storage.IBlobStore"/>s.</summary>
public static class BlobStores
{
    /// <summary>OPAQUE records, sealed key rings and the map of addresses: for silos only.</summary>
    public const string Accounts = "accounts";

    /// <summary>File content: the one store that gateways have too.</summary>
    public const string Content = "content";
}
