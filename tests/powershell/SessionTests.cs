using System.Management.Automation;

namespace Vault.PowerShell.Tests;

/// <summary>Several servers, accounts and runspaces at once; what is remembered and what is asked.</summary>
public sealed class SessionTests(Server server) : IClassFixture<Server>
{
    private const string Connect =
        "param($server, $email, $password) Connect-Vault -Server $server -Email $email -Password $password";

    [Fact]
    public async Task TwoServers_EachSession_SeesItsOwn()
    {
        await using var second = await Server.StartAsync();
        using var folder = new TemporaryFolder();
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null", second.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("second.txt")).MustSucceed();
        shell.Run("param($p, $s) Send-VaultFile $p -Session $s", folder.Write("first.txt"), $"{email}@{server.Unpinned}").MustSucceed();
        Assert.Equal(["second.txt"], shell.Run("(Get-VaultFile).Name").MustSucceed().Texts);
        Assert.Equal(["first.txt"], shell.Run("param($s) (Get-VaultFile -Session $s).Name", $"{email}@{server.Unpinned}").MustSucceed().Texts);
        var error = shell.RunToError($"Get-VaultFile -Session {email}");
        Assert.Contains("e-mail@host:port", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_OfTwoSessionsInOneAccount_IsTheNewestOnes()
    {
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        shell.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run("param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null",
            server.Address, server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        foreach (var name in new[] { email, $"{email}@{server.Unpinned}" })
        {
            shell.Run("param($n) Get-VaultFile -Session $n", name).MustSucceed();
        }

        shell.Run("param($n) $sessions = Get-VaultSession; Disconnect-Vault $n; if ((Get-VaultSession)[0] -ne $sessions[0]) { throw 'It was not the newest.' }", email)
            .MustSucceed();
        shell.Run("param($n) Get-VaultFile -Session $n; Disconnect-Vault $n", email).MustSucceed();
        Assert.Single(shell.Run("Get-VaultSession").MustSucceed().Output);
    }

    [Fact]
    public void IsDefault_SeveralSessions_IsTrueOfTheOneThatIsUsed()
    {
        using var shell = server.SignedUp();
        shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null", server.Address, server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Equal(["False", "True"], shell.Run("Get-VaultSession | ForEach-Object IsDefault").MustSucceed().Texts);
        Assert.Equal(["True"], shell.Run("Disconnect-Vault; Get-VaultSession | ForEach-Object IsDefault").MustSucceed().Texts);
    }

    [Fact]
    public void Disconnect_SessionThatTheServerEnded_IsDoneAndTheNextOneIsEnded()
    {
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null", server.Address, server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        using var elsewhere = new VaultShell();
        elsewhere.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        elsewhere.Run("Get-VaultSession -All | Where-Object { -not $_.IsCurrent } | Disconnect-Vault").MustSucceed();
        shell.Run("Get-VaultSession | Disconnect-Vault").MustSucceed();
        Assert.Empty(shell.Run("Get-VaultSession").MustSucceed().Output);
    }

    [Fact]
    public async Task Disconnect_ServerThatIsGone_IsReportedAndTheNextOneIsEnded()
    {
        var email = server.NewEmail();
        await using var second = await Server.StartAsync();
        using var shell = new VaultShell();
        shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p -ReconnectFor 0 3>$null",
            second.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null", server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        await second.StopAsync();
        var error = shell.Run("Get-VaultSession | Disconnect-Vault").MustReport();
        Assert.StartsWith("server_unreachable,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(shell.Run("Get-VaultSession").MustSucceed().Output);
        using var elsewhere = new VaultShell();
        elsewhere.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Single(elsewhere.Run("Get-VaultSession -All").MustSucceed().Output);
        await second.StartAgainAsync();
    }

    [Fact]
    public void Disconnect_ListOfTheAccount_EndsTheOwnOneLast()
    {
        var email = server.NewEmail();
        using var first = server.SignedUp(email);
        using var shell = server.SignedUp();
        shell.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        using var third = new VaultShell();
        third.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run(
            "$all = Get-VaultSession -All; @($all | Where-Object IsCurrent) + @($all | Where-Object { -not $_.IsCurrent }) | Disconnect-Vault").MustSucceed();
        Assert.Single(shell.Run("Get-VaultSession").MustSucceed().Output);
        foreach (var ended in new[] { first, third })
        {
            Assert.StartsWith("not_authenticated,", ended.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Disconnect-Vault -All")]
    [InlineData("Get-VaultSession -All")]
    [InlineData("Get-VaultFile")]
    public void NoSession_Command_IsNotAuthenticated(string line)
    {
        using var shell = new VaultShell();
        Assert.StartsWith("not_authenticated,", shell.RunToError(line).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Parallel_OneSession_ServesManyRunspaces()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        foreach (var number in Enumerable.Range(1, 6))
        {
            folder.Write($"{number}.txt");
        }

        var result = shell.Run(
            """
            param($manifest, $folder)
            $session = Get-VaultSession -Default
            1..6 | ForEach-Object -ThrottleLimit 3 -Parallel {
                Import-Module $using:manifest
                Send-VaultFile "$using:folder/$_.txt" -Session $using:session
                Receive-VaultFile "$_.txt" -Destination "$using:folder/back/" -Session $using:session
                if (Get-VaultSession) { throw 'A runspace has a default that it never connected.' }
            }
            (Get-VaultFile).Count
            """,
            VaultShell.Manifest,
            folder.Root).MustSucceed();
        Assert.Equal(["6"], result.Texts);
        Assert.Equal(6, folder.Hashes("back").Count);
    }

    [Fact]
    public void Runspaces_AtOnce_ConnectOnTheirOwn()
    {
        var emails = Enumerable.Range(0, 3).Select(_ => server.NewEmail()).ToArray();
        foreach (var email in emails)
        {
            server.SignedUp(email).Dispose();
        }

        Parallel.ForEach(emails, email =>
        {
            using var shell = new VaultShell();
            shell.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
            Assert.Equal([email], shell.Run("(Get-VaultSession).Email").MustSucceed().Texts);
        });
    }

    [Fact]
    public async Task Reconnect_ServerRestarts_TheSessionGoesOn()
    {
        await using var own = await Server.StartAsync();
        using var folder = new TemporaryFolder();
        using var shell = own.SignedUp();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("a.txt")).MustSucceed();
        await own.StopAsync();
        await own.StartAgainAsync();
        Assert.Equal(["a.txt"], shell.Run("(Get-VaultFile).Name").MustSucceed().Texts);
    }

    [Fact]
    public void Connect_NoEmail_UsesTheOneRememberedAndAsksForThePassword()
    {
        var email = server.NewEmail();
        server.SignedUp(email).Dispose();
        using var shell = new VaultShell();
        shell.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Host.WillType(Server.Password);
        shell.Run("param($server) Connect-Vault $server", server.Address).MustSucceed();
        Assert.Equal([email, email], shell.Run("(Get-VaultSession).Email").Texts);
        Assert.Contains($"Password of {email}", shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_Remembers_NoSecret()
    {
        var email = server.NewEmail();
        server.SignedUp(email).Dispose();
        var state = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "vault");
        var texts = Directory.EnumerateFiles(state).Select(File.ReadAllText).ToList();
        Assert.Contains(texts, text => text.Contains($"{server.Unpinned} {email}", StringComparison.Ordinal));
        Assert.DoesNotContain(texts, text => text.Contains(Server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connect_NothingGivenAndNobodyThere_SaysWhatToPass()
    {
        await using var own = await Server.StartAsync();
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        var error = shell.RunToError("param($server) Connect-Vault $server", own.Address);
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Credential", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_ByName_ComeFromSecretManagement()
    {
        using var folder = new TemporaryFolder();
        var email = server.NewEmail();
        server.SignedUp(email).Dispose();
        using var shell = new VaultShell();
        SecretModule(shell, folder, email);
        shell.Run("param($s, $e) Connect-Vault $s -Email $e -PasswordSecret login", server.Address, email).MustSucceed();
        shell.Run("param($s) Connect-Vault $s -PasswordSecret both", server.Address).MustSucceed();
        shell.Run("param($p) Send-VaultFile $p -PasswordSecret file", folder.Write("a.txt")).MustSucceed();
        shell.Run("param($d) Receive-VaultFile a.txt $d -PasswordSecret file", folder.At("back/")).MustSucceed();
        Assert.Equal(File.ReadAllBytes(folder.At("a.txt")), File.ReadAllBytes(folder.At("back/a.txt")));

        var missing = shell.RunToError("param($d) Receive-VaultFile a.txt $d -PasswordSecret gone", folder.At("back2/"));
        Assert.StartsWith("invalid_argument,", missing.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("'gone'", missing.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_NoSuchModule_SaysSo()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError("param($s) Connect-Vault $s -Email a@example.org -PasswordSecret login", server.Address);
        Assert.Contains("Microsoft.PowerShell.SecretManagement is not installed", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trust_KeyChanged_StopsEverything()
    {
        await using var own = await Server.StartAsync();
        using var folder = new TemporaryFolder();
        using var shell = own.SignedUp();
        await own.StopAsync();
        await own.StartAgainAsync(asAnother: true);
        var error = shell.RunToError("Get-VaultFile");
        Assert.StartsWith("server_key_changed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.SecurityError, error.CategoryInfo.Category);
        foreach (var more in new[] { "", $" -AcceptServerKey {own.Key}" })
        {
            var again = shell.RunToError(Connect + more, own.Unpinned, "a@example.org", VaultShell.Secure("p"));
            Assert.StartsWith("server_key_changed,", again.FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Trust_AcceptServerKeyIsAnother_IsRefused()
    {
        await using var own = await Server.StartAsync();
        using var shell = new VaultShell();
        var error = shell.RunToError(Connect + $" -AcceptServerKey {server.Key}", own.Unpinned, "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("server_key_changed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "invalid_argument,",
            shell.RunToError(Connect + " -AcceptServerKey nonsense", own.Unpinned, "a@example.org", VaultShell.Secure("p")).FullyQualifiedErrorId,
            StringComparison.Ordinal);
    }

    private static void SecretModule(VaultShell shell, TemporaryFolder folder, string email)
    {
        folder.Write("Microsoft.PowerShell.SecretManagement/Microsoft.PowerShell.SecretManagement.psm1", System.Text.Encoding.UTF8.GetBytes(
            """
            function Get-Secret {
                [CmdletBinding()] param([string] $Name)
                if (-not $global:Secrets.ContainsKey($Name)) { throw "The secret $Name was not found." }
                $global:Secrets[$Name]
            }
            """));
        shell.Run(
            """
            param($path, $email, $login, $file)
            $global:Secrets = @{ login = $login; file = $file; both = [System.Management.Automation.PSCredential]::new($email, $login) }
            Import-Module "$path/Microsoft.PowerShell.SecretManagement/Microsoft.PowerShell.SecretManagement.psm1"
            """,
            folder.Root, email, VaultShell.Secure(Server.Password), VaultShell.Secure("of the file")).MustSucceed();
    }
}
