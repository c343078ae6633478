using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>A drive on the account's own files, or on a folder of them.</summary>
public sealed class VaultDriveInfo : PSDriveInfo
{
    internal VaultDriveInfo(PSDriveInfo drive, VaultSession session)
        : base(drive) => Index = new FolderIndex(session, TimeProvider.System);

    /// <summary>The session that the drive works in.</summary>
    public VaultSession Session => Index.Session;

    /// <summary>The files and folders on it.</summary>
    internal FolderIndex Index { get; }
}
