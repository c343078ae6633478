using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <summary>Stored content of files.</summary>
internal static class ContentBlob
{
    /// <summary>Where the content of an owner's send lies: <see cref="ContentName"/>.</summary>
    public static BlobName NameOf(AccountId owner, UploadId upload) => BlobName.Create(ContentName.Of(owner, upload).Split('/'));
}
