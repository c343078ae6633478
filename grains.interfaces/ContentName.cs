using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>Where the content of a send lies in the content store: one complete age file.</summary>
public static class ContentName
{
    /// <summary><c>{owner}/{upload}.age</c>: by account, so that closing an account can delete all its content.</summary>
    public static string Of(AccountId owner, UploadId upload) => $"{owner}/{upload}{Extension}";

    /// <summary>The send whose content a name is of; false where it is of something else.</summary>
    public static bool TryReadUpload(string name, out UploadId upload)
    {
        ArgumentNullException.ThrowIfNull(name);
        var start = name.LastIndexOf('/') + 1;
        upload = default;
        return name.EndsWith(Extension, StringComparison.Ordinal) && UploadId.TryParse(name[start..^Extension.Length], out upload);
    }

    private const string Extension = ".age";
}
