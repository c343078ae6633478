namespace Vault.Grains.Interfaces;

/// <summary>What a command needs of the key that it comes with. A session has all; an access key has what its scope allows.</summary>
public enum AccessRight
{
    /// <summary>Names and contents of files, shares and contacts.</summary>
    Read,

    /// <summary>New files and versions.</summary>
    Send,

    /// <summary>Shares given and taken back, files removed, contacts stored.</summary>
    Change,
}
