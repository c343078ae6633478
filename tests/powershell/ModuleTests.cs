using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace Vault.PowerShell.Tests;

public sealed class ModuleTests : IDisposable
{
    private static readonly string[] Cmdlets =
    [
        "Confirm-VaultContact", "Connect-Vault", "Disable-VaultTotp", "Disconnect-Vault", "Enable-VaultTotp", "Export-VaultFile",
        "Get-VaultContact", "Get-VaultFile", "Get-VaultSession", "Get-VaultShare", "Grant-VaultShare", "New-VaultAccount", "Receive-VaultFile", "Remove-VaultFile",
        "Revoke-VaultShare", "Send-VaultFile",
    ];

    private readonly VaultShell _shell = new();

    [Fact]
    public void Import_Manifest_ExportsTheCmdletsAndNothingElse()
    {
        var exported = _shell.Run("(Get-Module Vault).ExportedCommands.Keys").MustSucceed().Texts;
        Assert.Equal(Cmdlets, exported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Import_Twice_WorksAgain()
    {
        _shell.Run("param($m) Import-Module $m; Import-Module $m -Force; Get-VaultSession", VaultShell.Manifest).MustSucceed();
        _shell.Run("param($m) Remove-Module Vault; Import-Module $m; Get-VaultSession", VaultShell.Manifest).MustSucceed();
        Assert.Equal(Cmdlets.Length, _shell.Run("Get-Command -Module Vault").MustSucceed().Output.Count);
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
    public void Verbs_AllCmdlets_AreApproved()
    {
        var approved = typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(type => type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (string)field.GetRawConstantValue()!)
            .ToHashSet();
        Assert.All(Cmdlets, name => Assert.Contains(name.Split('-')[0], approved));
    }

    [Theory]
    [InlineData("New-VaultAccount", true)]
    [InlineData("Send-VaultFile", true)]
    [InlineData("Receive-VaultFile", true)]
    [InlineData("Remove-VaultFile", true)]
    [InlineData("Grant-VaultShare", true)]
    [InlineData("Revoke-VaultShare", true)]
    [InlineData("Confirm-VaultContact", true)]
    [InlineData("Export-VaultFile", true)]
    [InlineData("Get-VaultFile", false)]
    [InlineData("Get-VaultSession", false)]
    [InlineData("Get-VaultShare", false)]
    [InlineData("Get-VaultContact", false)]
    public void WhatIf_Cmdlet_IsThereWhereSomethingChanges(string name, bool changes) =>
        Assert.Equal(changes, (bool)_shell.Run($"(Get-Command {name}).Parameters.ContainsKey('WhatIf')").MustSucceed().Output[0].BaseObject);

    [Theory]
    [InlineData("New-VaultAccount", "Vault.PowerShell.VaultRecoveryKey")]
    [InlineData("Connect-Vault", "Vault.Client.VaultSession")]
    [InlineData("Get-VaultSession", "Vault.Client.VaultSession")]
    [InlineData("Get-VaultFile", "Vault.Client.VaultFile")]
    [InlineData("Send-VaultFile", "Vault.Client.VaultFile")]
    [InlineData("Receive-VaultFile", "System.IO.FileInfo")]
    public void OutputType_Cmdlet_IsDeclared(string name, string type) =>
        Assert.Equal(type, Assert.Single(_shell.Run($"(Get-Command {name}).OutputType.Name").MustSucceed().Texts));

    [Fact]
    public void MandatoryParameters_AllCmdlets_SayWhatTheyWant()
    {
        var mute = Cmdlets
            .SelectMany(name => CmdletType(_shell, name).GetProperties())
            .Where(property => property.GetCustomAttributes<ParameterAttribute>().Any(p => p.Mandatory && string.IsNullOrEmpty(p.HelpMessage)));
        Assert.Empty(mute);
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
