namespace Vault.PowerShell.Tests;

/// <summary>What the Tab key offers, from the engine's own completion, against a real server.</summary>
public sealed class CompletionTests(Server server) : IClassFixture<Server>
{
    public static TheoryData<string> Cmdlets => ExportedCmdlets.Theory;

    [Fact]
    public void Name_Folders_AreOfferedOneByOneAndThenTheirFiles()
    {
        using var folder = new TemporaryFolder();
        using var shell = WithFiles(folder, "papers/plan.pdf", "papers/old/a.txt", "photo [1] it's.jpg", "readme.md");
        Assert.Equal(["papers/", "'photo `[1`] it''s.jpg'", "readme.md"], Complete(shell, "Receive-VaultFile "));
        Assert.Equal(["papers/old/", "papers/plan.pdf"], Complete(shell, "Receive-VaultFile papers/"));
        Assert.Equal(["papers/plan.pdf"], Complete(shell, "Get-VaultFile -Name PAPERS/pl"));
        Assert.Equal(["'photo [1] it''s.jpg'"], Complete(shell, "Get-VaultFile -LiteralName ph"));
        Assert.Equal(["'photo [1] it''s.jpg'"], Complete(shell, "Get-VaultFile -LiteralName 'photo ["));
        Assert.Equal(["papers/"], Complete(shell, "Send-VaultFile a.txt -Destination "));
        foreach (var completed in Complete(shell, "Get-VaultFile ph").Concat(Complete(shell, "Get-VaultFile -LiteralName ph")))
        {
            var parameter = completed.Contains('`', StringComparison.Ordinal) ? "-Name" : "-LiteralName";
            Assert.Equal(["photo [1] it's.jpg"], shell.Run($"(Get-VaultFile {parameter} {completed}).Name").MustSucceed().Texts);
        }
    }

    [Fact]
    public void Name_AfterAChange_IsOfferedAtOnce()
    {
        using var folder = new TemporaryFolder();
        using var shell = WithFiles(folder, "one.txt");
        Assert.Equal(["one.txt"], Complete(shell, "Get-VaultFile "));
        shell.Run("param($p) Send-VaultFile $p", folder.Write("two.txt")).MustSucceed();
        Assert.Equal(["one.txt", "two.txt"], Complete(shell, "Get-VaultFile "));
        shell.Run("Remove-VaultFile one.txt").MustSucceed();
        Assert.Equal(["two.txt"], Complete(shell, "Get-VaultFile "));
    }

    [Fact]
    public void Person_Contacts_AreOffered()
    {
        var bob = server.NewEmail();
        using var other = server.SignedUp(bob);
        using var shell = server.SignedUp();
        shell.Run("param($bob) Get-VaultContact $bob", bob).MustSucceed();
        Assert.Equal([$"'{bob}'"], Complete(shell, "Grant-VaultShare a.txt -To "));
        Assert.Equal([$"'{bob}'"], Complete(shell, "Revoke-VaultShare a.txt -From ada"));
        Assert.Equal([$"'{bob}'"], Complete(shell, "Confirm-VaultContact "));
        Assert.Empty(Complete(shell, "Get-VaultShare -Person zed"));
    }

    [Fact]
    public void Session_Names_AreOfferedAndWork()
    {
        using var shell = server.SignedUp();
        var email = shell.Run("(Get-VaultSession).Email").Texts.Single();
        Assert.Equal([$"'{email}'"], Complete(shell, "Get-VaultFile -Session "));
        Assert.Equal([$"'{email}'"], Complete(shell, "Disconnect-Vault "));
        Assert.Empty(shell.Run($"Get-VaultFile -Session '{email}'").MustSucceed().Output);
        Assert.Empty(shell.Run($"Get-VaultFile -Session '{email}@{server.Unpinned}'").MustSucceed().Output);
        shell.Run(
            "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p", server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Equal([$"'{email}'"], Complete(shell, "Get-VaultFile -Session "));
        var error = shell.RunToError("Get-VaultFile -Session nobody@example.org");
        Assert.Contains("Get-VaultSession", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Server_Known_IsOfferedWithItsAccount()
    {
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        Assert.Contains($"'{server.Unpinned}'", Complete(shell, "Connect-Vault -Server 127."));
        Assert.Contains($"'{email}'", Complete(shell, $"Connect-Vault -Server {server.Unpinned} -Email "));
    }

    [Fact]
    public void Name_OfEachScope_IsWhatTheCommandCanActUpon()
    {
        using var folder = new TemporaryFolder();
        var bob = server.NewEmail();
        using var other = server.SignedUp(bob);
        using var shell = WithFiles(folder, "kept.txt", "thrown.txt");
        shell.Run("param($b) Grant-VaultShare kept.txt -To $b 3>$null; Remove-VaultFile thrown.txt", bob).MustSucceed();
        Assert.Equal(["kept.txt"], Complete(shell, "Remove-VaultFile "));
        Assert.Equal(["thrown.txt"], Complete(shell, "Restore-VaultFile "));
        Assert.Equal(["thrown.txt"], Complete(shell, "Get-VaultFile -Trash -Name "));
        Assert.Equal(["kept.txt"], Complete(other, "Receive-VaultFile "));
        Assert.Equal(["kept.txt"], Complete(other, "Get-VaultFile -Shared "));

        // What others gave cannot be renamed.
        other.Run("param($p) Send-VaultFile $p -Name own.txt", folder.Write("own.txt")).MustSucceed();
        Assert.Equal(["own.txt"], Complete(other, "Rename-VaultFile "));
    }

    [Fact]
    public void NewName_FoldersAndFiles_AreOfferedAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        using var shell = WithFiles(folder, "papers/plan [1].pdf", "papers/old/a.txt");
        Assert.Equal(["papers/"], Complete(shell, "Rename-VaultFile a.txt "));
        Assert.Equal(["papers/old/", "'papers/plan [1].pdf'"], Complete(shell, "Rename-VaultFile a.txt papers/"));
        Assert.Equal(["'plan [1].pdf'"], Complete(shell, "Send-VaultFile a.txt -Destination papers -Name pl"));
        Assert.Equal(["papers/old/"], Complete(shell, "Send-VaultFile a.txt -Destination papers/"));
    }

    [Fact]
    public void Version_Kept_AreOfferedNewestFirst()
    {
        using var folder = new TemporaryFolder();
        using var shell = WithFiles(folder, "a [1].txt");
        shell.Run("param($p) Send-VaultFile -LiteralPath $p -Name 'a [1].txt'", folder.Write("longer.txt", [1, 2, 3])).MustSucceed();
        Assert.Equal(["2", "1"], Complete(shell, "Receive-VaultFile 'a `[1`].txt' -Version "));
        Assert.Equal(["1"], Complete(shell, "Receive-VaultFile -LiteralName 'a [1].txt' -Version 1"));
        Assert.Empty(Complete(shell, "Receive-VaultFile * -Version zzz"));
    }

    [Fact]
    public void AccessKey_Names_AreOffered()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run(
            "param($f) foreach ($name in 'nightly backup', 'report') { $null = New-VaultAccessKey \"$f/$name\" -Scope SendOnly -Name $name }",
            folder.Root).MustSucceed();
        Assert.Equal(["'nightly backup'", "report"], Complete(shell, "Get-VaultAccessKey "));
        Assert.Equal(["report"], Complete(shell, "Remove-VaultAccessKey re"));
        Assert.Equal(2, Complete(shell, "Remove-VaultAccessKey -Id ").Count);
        shell.Run("Remove-VaultAccessKey nightly*").MustSucceed();
        Assert.Equal(["report"], Complete(shell, "Get-VaultAccessKey "));
    }

    [Fact]
    public void Any_NoSession_OffersNothingAndAsksNothing()
    {
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        foreach (var line in new[] { "Get-VaultFile zzz", "Grant-VaultShare a -To zzz", "Get-VaultFile -Session zzz", "Send-VaultFile a -Destination zzz" })
        {
            Assert.Empty(Complete(shell, line));
        }

        Assert.Empty(shell.Host.Shown);
    }

    /// <summary>Whatever parameter the Tab key is pressed at: no error, no question, nothing on the screen.</summary>
    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void AnyParameter_NoSession_IsSilent(string name)
    {
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        shell.Run("$global:Error.Clear()").MustSucceed();
        var parameters = shell.Run(
            "param($name) (Get-Command $name).Parameters.Values.Where({ $_.Attributes.Where({ $_ -is [ArgumentCompleter] }) }).Name", name).MustSucceed().Texts.Where(text => text.Length > 0);
        foreach (var parameter in parameters)
        {
            shell.Run(
                "param($line) [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)",
                $"{name} -{parameter} zzz").MustSucceed();
        }

        Assert.Empty(shell.Run("$global:Error.ForEach({ \"$_\" })").MustSucceed().Texts);
        Assert.Empty(shell.Host.Shown);
    }

    [Fact]
    public async Task Any_ServerGone_OffersNothingAndReportsNothing()
    {
        await using var own = await Server.StartAsync();
        using var shell = own.SignedUp();
        await own.StopAsync();
        var errors = shell.Run("$global:Error.Clear()").MustSucceed();
        Assert.Empty(Complete(shell, "Get-VaultFile zzz"));
        Assert.Empty(Complete(shell, "Get-VaultFile -Session zzz"));
        Assert.Equal(["0"], shell.Run("$global:Error.Count").MustSucceed().Texts);
    }

    /// <summary>The engine completes a drive's paths by asking the provider, as commands do, which wait for a lost connection.</summary>
    [Fact]
    public async Task DrivePath_ServerGone_IsNotWaitedFor()
    {
        await using var own = await Server.StartAsync();
        var email = own.NewEmail();
        using var shell = own.SignedUp(email);
        shell.Run(
            "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p -ReconnectFor 0:05:00; "
            + DriveTests.NewDrive("V", "/"),
            own.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run(
            "function global:probe { param([ArgumentCompleter({ \"there: $($ExecutionContext.InvokeProvider.Item.Exists('V:\\x'))\" })] $at) }").MustSucceed();
        await own.StopAsync();

        var offered = await Task.Run(() => Complete(shell, "probe -at ")).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(["there: False"], offered);
        Assert.Equal(["0"], shell.Run("$global:Error.Count").MustSucceed().Texts);
    }

    private VaultShell WithFiles(TemporaryFolder folder, params string[] names)
    {
        var shell = server.SignedUp();
        foreach (var name in names)
        {
            shell.Run("param($p, $n) Send-VaultFile -LiteralPath $p -Name $n", folder.Write(name), name).MustSucceed();
        }

        return shell;
    }

    // A person presses Tab again where the first press came too early; on a busy machine, several times.
    private static List<string> Complete(VaultShell shell, string line)
    {
        for (var attempt = 1; ; attempt++)
        {
            var offered = shell.Run(
                "param($line) [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches"
                + ".Where({ $_.ResultType -notin 'Command', 'ParameterName' }).ForEach({ $_.CompletionText })",
                line).MustSucceed().Texts.ToList();
            if (offered.Count > 0 || line.EndsWith("zzz", StringComparison.Ordinal) || line.EndsWith("zed", StringComparison.Ordinal) || attempt == 40)
            {
                return offered;
            }
        }
    }
}
