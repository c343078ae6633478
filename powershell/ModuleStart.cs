using System.Management.Automation;
using System.Reflection;

namespace Vault.PowerShell;

/// <summary>Makes the module's public types known to scripts by their names, when it is imported.</summary>
/// <remarks>The engine looks for types in the common load context, where this module's are not: without this, nobody could write
/// <c>catch [Vault.Client.VaultException]</c>. The names are known to the whole process from then on.</remarks>
public sealed class ModuleStart : IModuleAssemblyInitializer
{
    /// <summary>Called by the engine for each runspace that imports the module.</summary>
    public void OnImport()
    {
        // The engine has no public door to its list of type names; this one has been the way since PowerShell 3.
        var accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators", throwOnError: true)!; // it throws
        var add = accelerators.GetMethod("Add", [typeof(string), typeof(Type)])
            ?? throw new MissingMethodException(accelerators.FullName, "Add");
        var known = (IDictionary<string, Type>)(accelerators.GetProperty("Get", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
            ?? throw new MissingMemberException(accelerators.FullName, "Get"));

        // The engine's own object: copies of this module in other folders, and so in other load contexts, add to the same list.
        lock (known)
        {
            foreach (var type in Named.Where(type => !known.ContainsKey(type.FullName!))) // no generic parameter is among them
            {
                add.Invoke(null, [type.FullName, type]);
            }
        }
    }

    private static IEnumerable<Type> Named =>
        typeof(Client.VaultException).Assembly.GetExportedTypes()
            .Concat(typeof(ModuleStart).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(ModuleStart).Namespace && !type.IsAbstract))
            .Where(type => !type.IsNested && !type.IsGenericType && type.Name.StartsWith("Vault", StringComparison.Ordinal));
}
