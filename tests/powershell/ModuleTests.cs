using System.Management.Automation;
using System.Runtime.Loader;

namespace Vault.PowerShell.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly VaultShell _shell = new();

    [Fact]
    public void Import_Manifest_ExportsTheCmdletsAndNothingElse()
    {
        var exported = _shell.Run("(Get-Module Vault).ExportedCommands.Keys").MustSucceed().Texts;
        Assert.Equal(ExportedCmdlets.Names, exported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Import_Twice_WorksAgain()
    {
        _shell.Run("param($m) Import-Module $m; Import-Module $m -Force; Get-VaultSession", VaultShell.Manifest).MustSucceed();
        _shell.Run("param($m) Remove-Module Vault; Import-Module $m; Get-VaultSession", VaultShell.Manifest).MustSucceed();
        Assert.Equal(ExportedCmdlets.Names.Count, _shell.Run("Get-Command -Module Vault").MustSucceed().Output.Count);
    }

    [Fact]
    public void Import_SecondRunspace_SharesTheAssemblies()
    {
        using var other = new VaultShell();
        Assert.Same(CmdletType(_shell, "Get-VaultSession"), CmdletType(other, "Get-VaultSession"));
    }

    [Fact]
    public void Remove_Module_TakesTheCmdletsAway()
    {
        _shell.Run("Remove-Module Vault").MustSucceed();
        Assert.Contains("CommandNotFound", _shell.RunToError("Get-VaultSession").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadContext_Cmdlets_IsTheModulesOwn()
    {
        var type = CmdletType(_shell, "Send-VaultFile");
        var context = AssemblyLoadContext.GetLoadContext(type.Assembly)!;
        Assert.NotSame(AssemblyLoadContext.Default, context);

        // This test process has other copies of the same assemblies in its default context; the module uses its own.
        var client = type.BaseType!.GetProperty("Session")!.PropertyType;
        Assert.Same(context, AssemblyLoadContext.GetLoadContext(client.Assembly));
        Assert.NotSame(typeof(Vault.Client.VaultSession), client);
        Assert.Same(typeof(Cmdlet).Assembly, type.BaseType.BaseType!.BaseType!.Assembly);
    }

    [Theory]
    [InlineData("Get-VaultFile")]
    [InlineData("Get-VaultFile -Name *")]
    [InlineData("Remove-VaultFile *")]
    [InlineData("Receive-VaultFile *")]
    [InlineData("Send-VaultFile *")]
    public void Cmdlet_NoSession_EndsWithNotAuthenticated(string script)
    {
        var error = _shell.RunToError(script);
        Assert.StartsWith("not_authenticated,Vault.PowerShell.Commands.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("Connect-Vault", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void SessionCmdlets_NoSession_HaveNothingToSay()
    {
        Assert.Empty(_shell.Run("Get-VaultSession; Get-VaultSession -Default; Disconnect-Vault").MustSucceed().Output);
    }

    [Fact]
    public void ModuleFolder_Contents_HoldNoEngineAndNoReferenceAssemblies()
    {
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(VaultShell.Manifest)!, "*", SearchOption.AllDirectories)
            .Select(Path.GetFileName);
        Assert.DoesNotContain("System.Management.Automation.dll", files);
        foreach (var system in new[] { "linux-x64", "linux-arm64", "osx-x64", "osx-arm64", "win-x64", "win-arm64" })
        {
            var folder = Path.Combine(Path.GetDirectoryName(VaultShell.Manifest)!, "lib", "runtimes", system, "native");
            Assert.Single(Directory.EnumerateFiles(folder, "libsodium.*"));
        }
    }

    public void Dispose() => _shell.Dispose();

    private static Type CmdletType(VaultShell shell, string name) =>
        (Type)shell.Run($"(Get-Command {name}).ImplementingType").MustSucceed().Output[0].BaseObject;
}
