using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Provider;

/// <summary>A drive on the account's own files, or on a folder of them.</summary>
public sealed class VaultDriveInfo : PSDriveInfo
{
    // Without the slash before it: where paths of this machine begin with one, the engine takes a root that does for one of them, and
    // would let the file system have what is written here.
    internal VaultDriveInfo(PSDriveInfo drive, VaultSession session)
        : base(drive.Name, drive.Provider, VaultProvider.NameOf(drive.Root), drive.Description, drive.Credential) => Index = SessionLists.Of(session).Tree;

    /// <summary>The session that the drive works in.</summary>
    public VaultSession Session => Index.Session;

    /// <summary>The files and folders on it.</summary>
    internal FolderIndex Index { get; }
}
