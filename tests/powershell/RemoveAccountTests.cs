using System.Management.Automation;
using System.Text;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Remove-VaultAccount against a real server: what ends, what is left, and what is asked before.</summary>
public sealed class RemoveAccountTests(Server server) : IClassFixture<Server>
{
    private const string Remove = "param($password) Remove-VaultAccount -Password $password -Force";

    private readonly Mailbox _mail = new(Path.Combine(server.DataFolder, "data", "mail"));

    [Fact]
    public async Task Story_AccountWithFilesAndShares_IsGoneFromTheStoreAndCanBeRegisteredAnew()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        using var bob = server.SignedUp();
        var (ada, bobs) = (EmailOf(shell), EmailOf(bob));
        var plain = string.Concat(Enumerable.Repeat("the plaintext of a file ", 200));
        shell.Run("param($p) Send-VaultFile $p", folder.Write("given.txt", Encoding.UTF8.GetBytes(plain))).MustSucceed();
        shell.Run("param($p, $w) Send-VaultFile $p -Password $w", folder.Write("locked.txt"), VaultShell.Secure("file password")).MustSucceed();
        shell.Run("param($e) Grant-VaultShare given.txt -To $e 3>$null", bobs).MustSucceed();
        bob.Run("param($p) Send-VaultFile $p; Send-VaultFile $p -Name own.txt", folder.Write("his.txt", "his"u8.ToArray())).MustSucceed();
        bob.Run("param($e) Grant-VaultShare his.txt -To $e 3>$null", ada).MustSucceed();
        bob.Run("param($p) Get-VaultFile -Shared | Receive-VaultFile -Destination $p", folder.At("bob/")).MustSucceed();
        var received = bob.Run("Get-VaultFile -Shared").MustSucceed().Output.Single();
        var contents = Stored().Where(file => file.EndsWith(".age", StringComparison.Ordinal))
            .ToDictionary(file => file, File.ReadAllBytes);
        var key = folder.At("backup.key");
        shell.Run("param($p) New-VaultAccessKey $p -Scope All", key).MustSucceed();
        using var script = new VaultShell();
        script.Run("param($p) Connect-Vault -AccessKey $p", key).MustSucceed();
        var account = shell.Run("(Get-VaultSession).Account.ToString()").MustSucceed().Texts.Single();

        shell.Run(Remove, VaultShell.Secure(Server.Password)).MustSucceed();

        Assert.Empty(shell.Run("Get-VaultSession").MustSucceed().Output);
        Assert.StartsWith("not_authenticated,", script.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "login_failed,",
            shell.RunToError(
                "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p", server.Address, ada, VaultShell.Secure(Server.Password))
                .FullyQualifiedErrorId,
            StringComparison.Ordinal);
        var gone = bob.Run("param($f, $p) $f | Receive-VaultFile -Destination $p -Force", received, folder.At("bob/")).MustReport();
        Assert.StartsWith("not_found,", gone.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(bob.Run("Get-VaultFile -Shared").MustSucceed().Output);
        Assert.Empty(bob.Run("Get-VaultShare -Given").MustSucceed().Output);
        using var notice = await _mail.NextAsync(ada, "was closed");
        Assert.Contains(ada, notice.TextBody, StringComparison.Ordinal);

        await ErasedAsync(account);
        Assert.Equal(2, contents.Keys.Count(File.Exists)); // Bob's
        foreach (var text in new[] { ada, plain[..40] })
        {
            Assert.Empty(StoreSearch.Find(Stored(), text));
        }

        foreach (var content in contents.Where(content => !File.Exists(content.Key)).Select(content => content.Value))
        {
            Assert.Empty(StoreSearch.Find(Stored(), content[..64]));
        }

        // The address is free, and whoever has it now is somebody else to Bob.
        using var again = server.SignedUp(ada);
        Assert.Empty(again.Run("Get-VaultFile; Get-VaultFile -Shared; Get-VaultContact").MustSucceed().Output);
        Assert.Equal("0", again.Run("(Get-VaultSession).GetStatusAsync([System.Threading.CancellationToken]::None).GetAwaiter().GetResult().UsedBytes").MustSucceed().Texts.Single());
        var changed = bob.RunToError("param($e) Grant-VaultShare own.txt -To $e -ErrorAction Stop 3>$null", ada);
        Assert.StartsWith("contact_changed,", changed.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void RemoveVaultAccount_AskedAndNotConfirmed_ChangesNothing()
    {
        using var shell = server.SignedUp();
        const string Asking = "param($password) Remove-VaultAccount -Password $password";
        shell.Host.WillChoose(2); // No
        shell.Run(Asking, VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Contains("nobody can bring back", shell.Host.Shown, StringComparison.Ordinal);
        shell.Run(Remove + " -WhatIf", VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run("param($password) & { $WhatIfPreference = $true; Remove-VaultAccount -Password $password -Force }", VaultShell.Secure(Server.Password))
            .MustSucceed();
        shell.Host.Refuses = true; // nobody is there: no silent yes
        shell.Run(Asking, VaultShell.Secure(Server.Password));
        shell.Run("Get-VaultFile").MustSucceed();
        var wrong = shell.RunToError(Remove, VaultShell.Secure("wrong horse"));
        Assert.Equal("login_failed,Vault.PowerShell.Commands.RemoveVaultAccountCommand", wrong.FullyQualifiedErrorId);
        shell.Run("Get-VaultFile").MustSucceed();

        shell.Host.Refuses = false;
        shell.Host.WillChoose(0); // Yes
        shell.Run(Asking, VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.StartsWith("not_authenticated,", shell.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "not_authenticated,", shell.RunToError(Remove, VaultShell.Secure(Server.Password)).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void RemoveVaultAccount_SecondFactor_AsksForTheCodeOrSaysWhatIsMissing()
    {
        using var shell = server.SignedUp();
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var codes = shell.Run("param($c) (Enable-VaultTotp $c 3>$null).Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed().Texts.ToArray();

        shell.Host.Refuses = true;
        var error = shell.RunToError(Remove, VaultShell.Secure(Server.Password));
        Assert.StartsWith("code_required,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-OneTimeCode", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        error = shell.RunToError(Remove + " -OneTimeCode 000000", VaultShell.Secure(Server.Password));
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        shell.Host.Refuses = false;
        shell.Host.WillType(codes[0]);
        shell.Run(Remove, VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Empty(shell.Run("Get-VaultSession").MustSucceed().Output);
    }

    [Fact]
    public void RemoveVaultAccount_AccessKey_IsNotPermitted()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        var key = folder.At("all.key");
        shell.Run("param($p) New-VaultAccessKey $p -Scope All; Connect-Vault -AccessKey $p", key).MustSucceed();
        var error = shell.RunToError(Remove, VaultShell.Secure(Server.Password));
        Assert.Equal("not_permitted,Vault.PowerShell.Commands.RemoveVaultAccountCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.PermissionDenied, error.CategoryInfo.Category);
    }

    private static string EmailOf(VaultShell shell) => shell.Run("(Get-VaultSession -Default).Email").MustSucceed().Texts.Single();

    private IReadOnlyList<string> Stored() =>
        [.. new[] { "state", "content" }.Select(folder => Path.Combine(server.DataFolder, "data", folder))
            .SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))];

    private async Task ErasedAsync(string account)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (Stored().Any(file => file.EndsWith($"{account}.jsonl", StringComparison.Ordinal)))
        {
            Assert.False(patience.IsCancellationRequested, "The account was not erased.");
            await Task.Delay(50);
        }
    }
}
