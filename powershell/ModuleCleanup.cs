using System.Management.Automation;

namespace Vault.PowerShell;

/// <summary>Closes the runspace's connections when the module is removed from it.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <summary>Called by the engine on the runspace's own thread.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        foreach (var session in SessionTable.Current.Clear())
        {
            session.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
