using System.Reflection;
using System.Runtime.Loader;

namespace Vault.PowerShell.Loader;

/// <summary>Resolves what the module ships from the module; all else (the engine, .NET itself) from the default
/// context.</summary>
/// <remarks>Other modules may carry other versions of the same assemblies: neither sees the other's. The native library
/// for this machine is found through the module's <c>.deps.json</c> in its <c>runtimes</c> folder.</remarks>
internal sealed class ModuleLoadContext(string cmdletAssembly) : AssemblyLoadContext("Vault")
{
    private readonly AssemblyDependencyResolver _resolver = new(cmdletAssembly);

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
