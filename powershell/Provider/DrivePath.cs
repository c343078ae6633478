using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>Reads <c>V:\reports\*.pdf</c> where a cmdlet takes a name in the vault.</summary>
internal static class DrivePath
{
    /// <summary>The name in the vault and the drive's session; false for what is no path on a drive of the vault.</summary>
    public static bool TryRead(SessionState state, string typed, out string name, out VaultSession? session)
    {
        (name, session) = (typed, null);
        try
        {
            var path = state.Path.GetUnresolvedProviderPathFromPSPath(typed, out var provider, out var drive);
            if (provider.ImplementingType != typeof(VaultProvider) || drive is not VaultDriveInfo { Session: var used })
            {
                return false;
            }

            (name, session) = (VaultProvider.NameOf(path), used);
            return true;
        }
        catch (Exception error) when (error is SessionStateException or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            return false; // names in the vault may hold anything, a colon among it
        }
    }
}
