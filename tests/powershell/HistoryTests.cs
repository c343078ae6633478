namespace Vault.PowerShell.Tests;

/// <summary>Get-VaultHistory and Test-VaultHistory against a real server, which is then made to lie.</summary>
public sealed class HistoryTests(Server server) : IClassFixture<Server>
{
    [Fact]
    public void GetVaultHistory_File_TellsWhoDidWhat()
    {
        using var folder = new TemporaryFolder();
        var (ada, bob) = (server.NewEmail(), server.NewEmail());
        using var other = server.SignedUp(bob);
        using var shell = server.SignedUp(ada);
        var path = folder.Write("a.txt");
        shell.Run("param($p, $b) Send-VaultFile $p; Grant-VaultShare a.txt -To $b -ExpiresAfter 1.00:00:00 3>$null", path, bob).MustSucceed();
        File.AppendAllText(path, "more");
        shell.Run("param($p, $b) Send-VaultFile $p; Revoke-VaultShare a.txt -From $b", path, bob).MustSucceed();

        var entries = shell.Run("Get-VaultHistory a.txt").MustSucceed().Output;
        Assert.Equal(
            ["Stored version 1", "Gave the file", "Stored version 2", "Gave the file", "Took the file back"],
            entries.Select(entry => (string)entry.Properties["Action"].Value));
        Assert.All(entries, entry => Assert.Equal(ada, entry.Properties["Actor"].Value));
        Assert.Equal([null, bob, null, bob, bob], entries.Select(entry => (string?)entry.Properties["Person"].Value));
        Assert.StartsWith("until ", (string)entries[1].Properties["Detail"].Value, StringComparison.Ordinal);
        Assert.All(entries, entry => Assert.Equal("a.txt", entry.Properties["FileName"].Value));
        shell.Run("Get-VaultHistory a.txt | Out-Default").MustSucceed();
        Assert.Contains("Took the file back", shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void GetVaultHistory_TerminalOf80Columns_CutsNothing()
    {
        using var folder = new TemporaryFolder();
        const string Ada = "ada.lovelace@example.org", Bob = "bob@example.org", Name = "a folder/and another one in it/a file with a long name.txt";
        using var other = server.SignedUp(Bob);
        using var shell = server.SignedUp(Ada);
        shell.Host.NarrowTo80Columns();
        shell.Run("param($p, $n, $b) Send-VaultFile $p -Name $n; Grant-VaultShare $n -To $b 3>$null", folder.Write("a.txt"), Name, Bob).MustSucceed();
        shell.Run("param($k) $null = New-VaultAccessKey $k -Scope SendOnly", folder.At("key")).MustSucceed();
        shell.Run("Get-VaultFile | Get-VaultHistory | Out-Default; Get-VaultHistory | Out-Default").MustSucceed();
        var shown = shell.Host.Shown.ReplaceLineEndings("\n");
        Assert.DoesNotContain('…', shown);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Single(shown.Split('\n'), line => line.Trim() == $"File: {Name}");
        Assert.Contains($"Gave the file: {Bob}\n", shown, StringComparison.Ordinal);
        Assert.Contains("Access key added\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void GetVaultHistory_AsOf_TellsWhoCouldRead()
    {
        using var folder = new TemporaryFolder();
        var (ada, bob) = (server.NewEmail(), server.NewEmail());
        using var other = server.SignedUp(bob);
        using var shell = server.SignedUp(ada);
        shell.Run("param($p) Send-VaultFile $p", folder.Write("a.txt")).MustSucceed();
        shell.Run("param($b) Grant-VaultShare a.txt -To $b 3>$null; Revoke-VaultShare a.txt -From $b", bob).MustSucceed();
        var times = shell.Run("(Get-VaultHistory a.txt).Time").MustSucceed().Output.Select(time => (DateTimeOffset)time.BaseObject).ToList();
        string[] Readers(DateTimeOffset at) => [.. shell.Run("param($at) (Get-VaultHistory a.txt -AsOf $at).Person", at.UtcDateTime).MustSucceed().Texts.Where(t => t.Length > 0)];
        Assert.Empty(Readers(times[0] - TimeSpan.FromTicks(1)));
        Assert.Equal([ada], Readers(times[0]));
        Assert.Equal([ada, bob], Readers(times[1]));
        Assert.Equal([ada], Readers(times[2]));
        Assert.StartsWith(
            "invalid_argument,", shell.Run("Get-VaultHistory -AsOf ([datetime]::Now)").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void GetVaultHistory_Account_ShowsSignIns()
    {
        var ada = server.NewEmail();
        using var shell = server.SignedUp(ada);
        var entries = shell.Run("Get-VaultHistory").MustSucceed().Output;
        Assert.Equal("Made the account", entries[0].Properties["Action"].Value);
        var signIn = Assert.Single(entries, entry => (string)entry.Properties["Action"].Value == "Signed in");
        Assert.Contains("127.0.0.1", (string)signIn.Properties["Actor"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void GetVaultHistory_FileOfSomebodyElse_IsNotFound()
    {
        using var folder = new TemporaryFolder();
        var bob = server.NewEmail();
        using var recipient = server.SignedUp(bob);
        using var shell = server.SignedUp();
        shell.Run("param($p, $b) Send-VaultFile $p; Grant-VaultShare a.txt -To $b 3>$null", folder.Write("a.txt"), bob).MustSucceed();
        foreach (var script in new[] { "Get-VaultHistory a.txt", "Get-VaultFile -Shared | Get-VaultHistory", "Get-VaultFile -Shared | Test-VaultHistory" })
        {
            Assert.StartsWith("not_found,", recipient.Run(script).MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TestVaultHistory_HonestServer_Verifies()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("a.txt")).MustSucceed();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("b.txt")).MustSucceed();
        shell.Run("Remove-VaultFile b.txt").MustSucceed();
        foreach (var compared in new[] { "account: False, file: True", "account: True, file: True" })
        {
            var checks = shell.Run("Test-VaultHistory").MustSucceed().Output;
            Assert.All(checks, check => Assert.Equal(true, check.Properties["Verified"].Value));
            Assert.Equal(["a.txt", "b.txt"], checks.Skip(1).Select(check => check.Properties["Name"].Value)); // b.txt from the trash
            Assert.Equal(
                compared, $"account: {(long)checks[0].Properties["Compared"].Value > 0}, file: {(long)checks[1].Properties["Compared"].Value > 0}");
        }

        string[] ways =
        [
            "", " | ForEach-Object { [pscustomobject]@{ Id = $_.Id } }", " | ForEach-Object { [pscustomobject]@{ LiteralName = $_.Name } }",
            " | ForEach-Object Name",
        ];
        foreach (var files in ways)
        {
            Assert.Equal(["a.txt"], shell.Run($"(Get-VaultFile{files} | Test-VaultHistory).Name").MustSucceed().Texts);
        }
    }

    [Fact]
    public async Task TestVaultHistory_ServerRolledBack_IsCaught()
    {
        await using var own = await Server.StartAsync();
        using var folder = new TemporaryFolder();
        using var shell = own.SignedUp();
        var path = folder.Write("a.txt");
        shell.Run("param($p) Send-VaultFile $p", path).MustSucceed();
        await own.StopAsync();
        own.Keep();
        await own.StartAgainAsync();
        File.AppendAllText(path, "more");
        shell.Run("param($p, $q) Send-VaultFile $p; Send-VaultFile $q", path, folder.Write("b.txt")).MustSucceed();
        await own.StopAsync();
        own.GoBack();
        await own.StartAgainAsync();

        var result = shell.Run("Test-VaultHistory");
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, error => Assert.StartsWith("integrity_failed,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Contains(result.Errors, error => error.Exception.Message.Contains("rolled back", StringComparison.Ordinal));
        Assert.Contains(result.Errors, error => error.Exception.Message.Contains("never removed", StringComparison.Ordinal));
        Assert.Equal(2, result.Output.Count(check => Equals(check.Properties["Verified"].Value, false)));
        Assert.StartsWith("integrity_failed,", shell.Run("Get-VaultHistory a.txt").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);

        // A server that goes on from the older state has a history of the same length, and another one.
        File.AppendAllText(path, "and more");
        shell.Run("param($p) Send-VaultFile $p", path).MustSucceed();
        var forked = shell.Run("Get-VaultFile a.txt | Test-VaultHistory").MustReport();
        Assert.Contains("another history", forked.Exception.Message, StringComparison.Ordinal);
    }
}
