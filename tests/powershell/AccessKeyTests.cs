namespace Vault.PowerShell.Tests;

/// <summary>New-, Get- and Remove-VaultAccessKey and Connect-Vault -AccessKey against a real server.</summary>
public sealed class AccessKeyTests(Server server) : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ConnectVault_SendOnlyKey_SendsUnattendedAndNothingElse()
    {
        using var owner = server.SignedUp();
        var key = _folder.At("backup.key");
        owner.Run("param($p) New-VaultAccessKey $p -Scope SendOnly", key).MustSucceed();
        using var script = new VaultShell();
        script.Host.Refuses = true; // nobody is there at night
        script.Run(
            "param($key, $file) Connect-Vault -AccessKey $key; Send-VaultFile $file", key, _folder.Write("report.txt")).MustSucceed();
        Assert.Equal("SendOnly", script.Run("(Get-VaultSession).Scope").Texts.Single());
        foreach (var command in new[]
        {
            "Get-VaultFile", "Get-VaultFile -Shared", "Receive-VaultFile report.txt", "Remove-VaultFile report.txt",
            "Get-VaultContact", "Get-VaultAccessKey", "Export-VaultFile report.txt", "Get-VaultShare", "Enable-VaultTotp",
        })
        {
            var error = script.RunToError(command + " -ErrorAction Stop");
            Assert.True(error.FullyQualifiedErrorId.StartsWith("not_permitted,", StringComparison.Ordinal), $"{command}: {error}");
        }

        Assert.Equal(["report.txt"], owner.Run("(Get-VaultFile).Name").Texts);
    }

    [Fact]
    public void RemoveVaultAccessKey_ByPipeline_EndsTheKeyInUse()
    {
        using var owner = server.SignedUp();
        var key = _folder.At("report.key");
        owner.Run("param($p) New-VaultAccessKey $p -Scope ReadOnly -Name 'monthly report'", key).MustSucceed();
        using var script = new VaultShell();
        script.Run("param($key) Connect-Vault -AccessKey $key; Get-VaultFile", key).MustSucceed();
        owner.Run("Get-VaultAccessKey | Out-Default").MustSucceed();
        Assert.Contains("monthly report", owner.Host.Shown, StringComparison.Ordinal);
        Assert.Single(owner.Run("Get-VaultAccessKey monthly* | Remove-VaultAccessKey; Get-VaultAccessKey; 1").MustSucceed().Output);

        Assert.StartsWith("not_authenticated,", script.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        var error = script.RunToError("param($key) Connect-Vault -AccessKey $key", key);
        Assert.Equal("not_authenticated,Vault.PowerShell.Commands.ConnectVaultCommand", error.FullyQualifiedErrorId);
    }

    [Fact]
    public void RemoveVaultAccessKey_ByName_EndsThoseAndNoOthers()
    {
        using var owner = server.SignedUp();
        owner.Run("param($f) 'a', 'b 1', 'b 2' | ForEach-Object { $null = New-VaultAccessKey \"$f/$_\" -Scope SendOnly }", _folder.Root).MustSucceed();
        owner.Run("Remove-VaultAccessKey b* -WhatIf").MustSucceed();
        Assert.Equal(["a", "b 1", "b 2"], owner.Run("(Get-VaultAccessKey).Name").MustSucceed().Texts);
        owner.Run("Remove-VaultAccessKey b*").MustSucceed();
        owner.Run("Remove-VaultAccessKey none*").MustSucceed();
        Assert.Equal(["a"], owner.Run("(Get-VaultAccessKey).Name").MustSucceed().Texts);
        Assert.StartsWith("not_found,", owner.Run("Remove-VaultAccessKey none").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("invalid_request,", owner.Run("Remove-VaultAccessKey -Id x").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        owner.Run("Remove-VaultAccessKey (Get-VaultAccessKey).Name").MustSucceed();
        Assert.Empty(owner.Run("Get-VaultAccessKey").MustSucceed().Output);
    }

    [Fact]
    public void NewVaultAccessKey_FileThereOrWhatIf_MakesNothing()
    {
        using var owner = server.SignedUp();
        var error = owner.RunToError("param($p) New-VaultAccessKey $p -Scope All", _folder.Write("mine.txt"));
        Assert.StartsWith("target_exists,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        owner.Run("param($p) New-VaultAccessKey $p -Scope All -WhatIf", _folder.At("none.key")).MustSucceed();
        Assert.False(File.Exists(_folder.At("none.key")));
        error = owner.RunToError("param($p) New-VaultAccessKey $p -Scope All -ExpiresAt 2001-01-01", _folder.At("none.key"));
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("none.key")));
        Assert.Empty(owner.Run("Get-VaultAccessKey").MustSucceed().Output);
    }

    [Fact]
    public void ConnectVault_NoAccessKey_SaysSo()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError("param($p) Connect-Vault -AccessKey $p", _folder.At("none.key"));
        Assert.StartsWith("path_not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        var text = _folder.Write("text.key");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(text, UnixFileMode.UserRead);
        }

        error = shell.RunToError("param($p) Connect-Vault -AccessKey $p", text);
        Assert.StartsWith("invalid_request,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        error = shell.RunToError("Remove-VaultAccessKey x");
        Assert.StartsWith("not_authenticated,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
