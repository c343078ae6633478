using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Tests;

/// <summary>What went wrong, as PowerShell people handle it.</summary>
public sealed class ErrorTests(Server server) : IClassFixture<Server>
{
    public static TheoryData<VaultErrorCode> Codes => [.. Enum.GetValues<VaultErrorCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Record_EveryCode_HasIdCategoryTargetAndAdvice(VaultErrorCode code)
    {
        var record = VaultErrors.Record(new VaultException(code, "what happened"), "target");
        Assert.Matches("^[a-z]+(_[a-z]+)*$", record.FullyQualifiedErrorId);
        Assert.True(record.CategoryInfo.Category != ErrorCategory.NotSpecified, $"{code} has no category: add it to VaultErrors.CategoryOf.");
        Assert.True(
            !string.IsNullOrEmpty(record.ErrorDetails.RecommendedAction) && !record.ErrorDetails.RecommendedAction.Contains("about_", StringComparison.Ordinal),
            $"{code} has no advice: add it to ErrorAdvice.");
        Assert.Equal("target", record.TargetObject);
        Assert.Equal("what happened", record.ToString());
    }

    [Theory]
    [InlineData(typeof(FileNotFoundException), "path_not_found")]
    [InlineData(typeof(UnauthorizedAccessException), "access_denied")]
    [InlineData(typeof(IOException), "io_error")]
    [InlineData(typeof(PathTooLongException), "path_too_long")]
    [InlineData(typeof(ArgumentException), "invalid_argument")]
    public void Record_OfThisMachine_HasIdAndAdvice(Type type, string id)
    {
        var record = VaultErrors.Record((Exception)Activator.CreateInstance(type)!, "target"); // each has such a constructor
        Assert.Equal(id, record.FullyQualifiedErrorId);
        Assert.NotEmpty(record.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Catch_ByType_HasTheCode()
    {
        using var shell = server.SignedUp();
        Assert.Equal(["caught NotFound nothing.txt"], shell.Run(
            """
            try { Receive-VaultFile nothing.txt -ErrorAction Stop }
            catch [System.IO.IOException] { 'wrong' }
            catch [Vault.Client.VaultException] { "caught $($_.Exception.Code) $($_.TargetObject)" }
            """).MustSucceed().Texts);
        Assert.Equal(["True"], shell.Run(
            "try { Get-VaultFile x -ErrorAction Stop } catch { $_.Exception.Code -eq [Vault.Client.VaultErrorCode]::NotFound }").MustSucceed().Texts);
    }

    [Theory]
    [InlineData("Receive", "received")]
    [InlineData("Export", "exported")]
    public void Damaged_OneOfTwoFiles_IsNamedAndTheOtherComes(string verb, string done)
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("whole.txt")).MustSucceed();
        var before = Contents();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("damaged.txt")).MustSucceed();
        var stored = Contents().Except(before).Single();
        var bytes = File.ReadAllBytes(stored);
        bytes[^1] ^= 1;
        File.WriteAllBytes(stored, bytes);

        var error = shell.Run($"param($d) {verb}-VaultFile *.txt -Destination $d", folder.At("back/")).MustReport();
        Assert.StartsWith("integrity_failed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith($"'damaged.txt' was not {done}. ", error.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("whole.txt", Assert.Single(folder.Hashes("back")).Key, StringComparison.Ordinal);

        string[] Contents() => Directory.GetFiles(Path.Combine(server.DataFolder, "data", "content"), "*.age", SearchOption.AllDirectories);
    }

    [Fact]
    public void Code_WrongFromAMail_IsNotSaidToComeByItself()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError(
            "param($s, $e, $p) Reset-VaultPassword $s $e -Code AAAA-BBBB-CCCC -NewPassword $p",
            server.Address, server.NewEmail(), VaultShell.Secure(Server.Password));
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("Use the newest code that was not used yet, or ask for another one.", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void NotPermitted_AccessKey_SaysHowToSignIn()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($k) $null = New-VaultAccessKey $k -Scope All; Connect-Vault -AccessKey $k", folder.At("key")).MustSucceed();
        var error = shell.RunToError("Get-VaultAccessKey");
        Assert.StartsWith("not_permitted,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("sign in with the password", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Conflict_NameThatIsTaken_IsNotSaidToBeARace()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($a, $b) Send-VaultFile $a, $b", folder.Write("a.txt"), folder.Write("b.txt")).MustSucceed();
        var error = shell.Run("Rename-VaultFile a.txt b.txt").MustReport();
        Assert.StartsWith("conflict,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("Look at what is there now: what the message names is in the way.", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Catch_ByTypeWithoutSession_HasTheCode()
    {
        using var shell = new VaultShell();
        Assert.Equal(["NotAuthenticated"], shell.Run(
            "try { Get-VaultFile } catch [Vault.Client.VaultException] { $_.Exception.Code }").MustSucceed().Texts);
    }

    [Fact]
    public void Receive_DiskThatRefuses_IsAFailureToWrite()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("a.txt")).MustSucceed();
        var error = shell.Run("param($d) Receive-VaultFile a.txt -Destination $d/", folder.Write("file.txt")).MustReport(); // a file is no folder
        Assert.StartsWith("io_error,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.WriteError, error.CategoryInfo.Category);
    }

    [Fact]
    public void ErrorVariable_SomeItemsFail_HasThemAndTheOthersCome()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("a.txt")).MustSucceed();
        var result = shell.Run(
            "$found = 'gone1', 'a.txt', 'gone2' | Get-VaultFile -ErrorAction SilentlyContinue -ErrorVariable failed; $found.Name; $failed.TargetObject").MustSucceed();
        Assert.Equal(["a.txt", "gone1", "gone2"], result.Texts);
    }

    [Theory]
    [InlineData("Continue", 2)]
    [InlineData("SilentlyContinue", 0)]
    [InlineData("Ignore", 0)]
    public void ErrorAction_ItemFails_IsHeeded(string action, int reported)
    {
        using var shell = server.SignedUp();
        var result = shell.Run($"Get-VaultFile a, b -ErrorAction {action}; 'went on'");
        Assert.Null(result.Thrown);
        Assert.Equal(reported, result.Errors.Count);
        Assert.Equal(["went on"], result.Texts);
    }

    [Fact]
    public void ErrorAction_Stop_EndsAtTheFirstItem()
    {
        using var shell = server.SignedUp();
        var error = shell.RunToError("Get-VaultFile first, second -ErrorAction Stop");
        Assert.Equal("first", error.TargetObject);
        Assert.StartsWith("not_found,Vault.PowerShell.Commands.GetVaultFileCommand", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Preference_Stop_EndsAtTheFirstItem()
    {
        using var shell = server.SignedUp();
        Assert.Equal("first", shell.RunToError("$ErrorActionPreference = 'Stop'; Remove-VaultFile first, second").TargetObject);
    }

    [Fact]
    public async Task Pipeline_ServerGone_EndsInsteadOfFailingForEveryItem()
    {
        await using var own = await Server.StartAsync();
        using var shell = own.SignedUp();
        shell.Run("$global:quick = Connect-Vault $args[0] -Email $args[1] -Password $args[2] -PassThru -ReconnectFor 0", own.Address, shell.Run("(Get-VaultSession).Email").Texts.Single(), VaultShell.Secure(Server.Password)).MustSucceed();
        await own.StopAsync();
        var error = shell.RunToError("1..100 | ForEach-Object { \"$_.txt\" } | Remove-VaultFile -Session $quick");
        Assert.StartsWith("server_unreachable,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ConnectionError, error.CategoryInfo.Category);
    }
}
