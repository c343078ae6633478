using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>Where the content of a send lies in the content store: one complete age file.</summary>
public static class ContentName
{
    /// <summary><c>{owner}/{upload}.age</c>: by account, so that closing an account can delete all its content.</summary>
    public static string Of(AccountId owner, UploadId upload) => $"{owner}/{upload}.age";
}
