using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>The module in a fresh process, beside a module that brought another version of what it carries.</summary>
public sealed class IsolationTests : IDisposable
{
    private const string Import = """
        param($manifest, $other)
        $ErrorActionPreference = 'Stop'
        if ($other) { [System.Reflection.Assembly]::LoadFrom($other).GetName().Version.ToString() }
        Import-Module $manifest
        $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext((Get-Command Send-VaultFile).ImplementingType.Assembly)

        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("Konscious.Security.Cryptography.Argon2")]
    [InlineData("Vault.Cryptography")]
    public async Task Import_AnotherVersionLoadedFirst_UsesItsOwn(string assembly)
    {
        var other = SaveEmptyAssembly(assembly, new Version(99, 0, 0, 0));
        var printed = await RunAsync(
            Import + $"""
            $own = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('{assembly}'))
            $own.Location
            $own.GetExportedTypes().Count -gt 0
            """,
            VaultShell.Manifest,
            other);

        var lib = Path.Combine(Path.GetDirectoryName(VaultShell.Manifest)!, "lib");
        Assert.Equal(["99.0.0.0", Path.Combine(lib, assembly + ".dll"), "True"], printed);
    }

    [Fact]
    public async Task Import_FreshProcess_FindsTheNativeLibraryOfThisMachine()
    {
        // Touching the assembly runs its initialiser, which calls into libsodium.
        var printed = await RunAsync(
            Import + """
            $cryptography = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('Vault.Cryptography'))
            $cryptography.GetType('Vault.Cryptography.Primitives.SecretBytes')::Random(32).Length
            """,
            VaultShell.Manifest);
        Assert.Equal(["32"], printed);
    }

    [Fact]
    public async Task Import_FreshProcess_LeavesOnlyTheLoaderInTheCommonContext()
    {
        var printed = await RunAsync(
            Import + "[System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.ForEach({ $_.GetName().Name }) -like 'Vault.*'",
            VaultShell.Manifest);
        Assert.Equal(["Vault.PowerShell.Host", "Vault.PowerShell.Loader"], printed.Order(StringComparer.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private string SaveEmptyAssembly(string name, Version version)
    {
        var builder = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = version }, typeof(object).Assembly);
        builder.DefineDynamicModule(name);
        var path = _folder.At(name + ".dll");
        builder.Save(path);
        return path;
    }

    private static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        var tests = Path.Combine(Repository.Root, "tests", "powershell");
        var build = Path.GetRelativePath(Path.Combine(tests, "bin"), AppContext.BaseDirectory);
        var host = Path.Combine(tests, "host", "bin", build, "Vault.PowerShell.Host.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", host, script, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!; // null only where a shell starts it
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await errors}\n{await output}");
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
