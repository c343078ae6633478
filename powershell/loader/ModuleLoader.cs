using System.Collections.Concurrent;
using System.Reflection;

namespace Vault.PowerShell.Loader;

/// <summary>Loads the module's cmdlets, once per folder, into a load context of their own.</summary>
/// <remarks>This is the module's only assembly in the default load context; it references nothing but the
/// BCL.</remarks>
public static class ModuleLoader
{
    private const string CmdletAssembly = "Vault.PowerShell.dll";

    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    /// <summary>The cmdlet assembly in <paramref name="folder"/>; the same object for each call, from any
    /// runspace.</summary>
    /// <exception cref="FileNotFoundException">The folder is not a complete module.</exception>
    public static Assembly Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Loaded.GetOrAdd(PathIn(folder), static key => new Lazy<Assembly>(() => LoadIsolated(key))).Value;
    }

    /// <summary>Whether this process has loaded the cmdlets in <paramref name="folder"/> before.</summary>
    public static bool IsLoaded(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Loaded.ContainsKey(PathIn(folder));
    }

    private static string PathIn(string folder) => Path.Combine(Path.GetFullPath(folder), CmdletAssembly);

    private static Assembly LoadIsolated(string path) => File.Exists(path)
        ? new ModuleLoadContext(path).LoadFromAssemblyPath(path)
        : throw new FileNotFoundException("The Vault module is incomplete: install it again.", path);
}
