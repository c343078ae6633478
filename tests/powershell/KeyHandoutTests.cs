using System.Text.RegularExpressions;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Keys that are shown once reach the variable that they are assigned to, whatever warnings are told to do: the server has changed
/// the account by then.</summary>
public sealed partial class KeyHandoutTests(Server server) : IClassFixture<Server>
{
    private const string Once = "shown this once";

    private readonly Mailbox _mail = new(Path.Combine(server.DataFolder, "data", "mail"));

    private static System.Security.SecureString Password => VaultShell.Secure(Server.Password);

    private static System.Security.SecureString NewPassword => VaultShell.Secure("new horse");

    [Theory]
    [InlineData("Stop")]
    [InlineData("Inquire")]
    public void NewVaultAccount_WarningsEndCommands_HandsOutTheKey(string action)
    {
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        var result = shell.Run(
            $"param($s, $e, $p) $key = New-VaultAccount $s -Email $e -Password $p -WarningAction {action}; $key.Reveal()",
            server.Address, server.NewEmail(), Password);
        AssertHandedOut(result, shell);
        shell.Run("Get-VaultFile").MustSucceed();
    }

    [Fact]
    public void NewVaultRecoveryKey_WarningsEndCommands_HandsOutTheKey()
    {
        using var shell = server.SignedUp();
        var result = shell.Run(
            "param($p) $WarningPreference = 'Stop'; $key = New-VaultRecoveryKey -Password $p; $key.Reveal()", Password);
        AssertHandedOut(result, shell);
    }

    [Fact]
    public void SetVaultPassword_WarningsEndCommands_HandsOutTheKeyAndNamesTheAccessKeysThatEnded()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($f) $null = New-VaultAccessKey $f -Scope ReadOnly -Name nightly", folder.At("nightly.key")).MustSucceed();
        var result = shell.Run(
            "param($p, $n) $key = Set-VaultPassword -Password $p -NewPassword $n -RotateKeys -WarningAction Stop; $key.Reveal()",
            Password, NewPassword);
        AssertHandedOut(result, shell);
        Assert.Contains("'nightly'", shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResetVaultPassword_WarningsEndCommands_HandsOutTheKey()
    {
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        var code = await RequestAsync(shell, email);
        var result = shell.Run(
            "param($s, $e, $c, $n) $key = Reset-VaultPassword $s $e -Code $c -NewPassword $n -Force -WarningAction Stop; $key.Reveal()",
            server.Address, email, code, NewPassword);
        AssertHandedOut(result, shell);
    }

    [Fact]
    public void EnableVaultTotp_WarningsEndCommands_HandsOutTheBackupCodes()
    {
        using var shell = server.SignedUp();
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var result = shell.Run(
            "param($c) $backup = Enable-VaultTotp $c -WarningAction Stop; $backup.Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed();
        Assert.Equal(10, result.Output.Count);
        Assert.Contains(Once, shell.Host.Shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-VaultAccount $s -Email $e -Password $p -ReconnectFor 0", "user.registered.v1")]
    [InlineData("Reset-VaultPassword $s $e -Code $c -NewPassword $n -Force -ReconnectFor 0", "user.password-reset.v1")]
    [InlineData("Set-VaultPassword -Password $p -NewPassword $n -RotateKeys", "user.password-changed.v1")]
    [InlineData("New-VaultRecoveryKey -Password $p", "user.recovery-key-replaced.v1")]
    public async Task Command_AnswerCutOnceTheChangeIsStored_HandsOutTheKeyThatCountsWithTheError(string command, string storedEvent)
    {
        foreach (var action in new[] { "SilentlyContinue", "Stop" })
        {
            var email = server.NewEmail();
            var code = "";
            if (!command.StartsWith("New-VaultAccount", StringComparison.Ordinal))
            {
                using var first = server.SignedUp(email);
                code = await RequestAsync(first, email);
            }

            // Nothing passes down any more once the event is there, over connections that are made anew neither.
            var before = CountStored(storedEvent);
            await using var proxy = new TcpProxy(server.Port, (_, _, isUp) => isUp || CountStored(storedEvent) == before);
            var address = $"127.0.0.1:{proxy.Port}#{server.Key}";
            using var shell = new VaultShell();
            if (code.Length > 0)
            {
                shell.Run(
                    "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p -ReconnectFor 0", address, email, Password).MustSucceed();
            }

            var result = shell.Run(
                $"param($s, $e, $p, $n, $c) $key = $null; try {{ $key = {command} -ErrorAction {action} -ErrorVariable failed 3>$null }} "
                + "catch { $failed = $_; $key = $_.TargetObject }; $key.Reveal(); $failed[0].FullyQualifiedErrorId; "
                + "$failed[0].ErrorDetails.RecommendedAction; [object]::ReferenceEquals($failed[0].TargetObject, $key)",
                address, email, Password, NewPassword, code).MustSucceed().Texts.ToArray();
            Assert.Equal(before + 1, CountStored(storedEvent));
            Assert.StartsWith("server_unreachable,", result[1], StringComparison.Ordinal);
            Assert.Contains("Keep", result[2], StringComparison.Ordinal);
            Assert.Equal("True", result[3]);

            using var fresh = new VaultShell();
            fresh.Run(
                "param($s, $e, $c, $n, $k) Reset-VaultPassword $s $e -Code $c -NewPassword $n -RecoveryKey $k",
                server.Address, email, await RequestAsync(fresh, email), NewPassword, VaultShell.Secure(result[0])).MustSucceed();
        }
    }

    [Fact]
    public async Task NewVaultRecoveryKey_StoppedOnceTheChangeIsStored_ShowsTheKeyThatCounts()
    {
        const string StoredEvent = "user.recovery-key-replaced.v1";
        var email = server.NewEmail();
        using (server.SignedUp(email))
        {
        }

        var before = CountStored(StoredEvent);
        await using var proxy = new TcpProxy(server.Port, (_, _, isUp) => isUp || CountStored(StoredEvent) == before);
        using var shell = new VaultShell();
        shell.Run(
            "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p -ReconnectFor 1:00:00",
            $"127.0.0.1:{proxy.Port}#{server.Key}", email, Password).MustSucceed();
        await shell.RunAndStopAsync(() => CountStored(StoredEvent) > before, "param($p) $key = New-VaultRecoveryKey -Password $p", Password);
        var key = Shown().Match(shell.Host.Shown).Value;
        shell.Run(
            "param($s, $e, $c, $n, $k) Reset-VaultPassword $s $e -Code $c -NewPassword $n -RecoveryKey $k",
            server.Address, email, await RequestAsync(shell, email), NewPassword, VaultShell.Secure(key)).MustSucceed();
    }

    [GeneratedRegex("vaultrecovery1[0-9a-z]+")]
    private static partial Regex Shown();

    private async Task<string> RequestAsync(VaultShell shell, string email)
    {
        shell.Run("param($s, $e) Request-VaultRecovery $s $e 3>$null", server.Address, email).MustSucceed();
        return await _mail.NextCodeAsync(email);
    }

    private int CountStored(string storedEvent) => Directory.EnumerateFiles(server.DataFolder, "*.jsonl", SearchOption.AllDirectories)
        .Sum(path =>
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return reader.ReadToEnd().Split($"\"{storedEvent}\"").Length - 1;
        });

    private static void AssertHandedOut(ShellResult result, VaultShell shell)
    {
        Assert.StartsWith("vaultrecovery1", Assert.Single(result.MustSucceed().Texts), StringComparison.Ordinal);
        Assert.Contains(Once, shell.Host.Shown, StringComparison.Ordinal);
    }
}
