using System.Management.Automation;
using System.Security.Cryptography;

namespace Vault.PowerShell.Tests;

/// <summary>Send-, Get-, Receive- and Remove-VaultFile against a real server.</summary>
public class FileTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VaultShell _shell;

    public FileTests(Server server) => _shell = server.SignedUp();

    [Fact]
    public void GetVaultFile_Folder_SaysHowToNameItsFiles()
    {
        var error = _shell.Run("Get-VaultFile papers/").MustReport();
        Assert.StartsWith("not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("'papers/*'", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void SendAndReceive_Folder_ComesBackTheSame()
    {
        _folder.Write("papers/text.txt");
        _folder.Write("papers/empty.bin", []);
        _folder.Write("papers/with space [1] (2)/binary.bin", RandomNumberGenerator.GetBytes(100_000));
        _folder.Write("papers/папка/🗄️ архів.txt");
        _folder.Write("papers/.hidden/.file");
        _folder.Write("papers/large.bin", RandomNumberGenerator.GetBytes(40 * 1024 * 1024));

        var sent = _shell.Run("param($p) Send-VaultFile $p -Recurse -Destination archive/ -PassThru", _folder.At("papers")).MustSucceed();
        Assert.Equal(6, sent.Output.Count);
        Assert.Equal(6, _shell.Run("Get-VaultFile 'archive/papers/*'").MustSucceed().Output.Count);

        var back = _shell.Run("param($d) Get-VaultFile | Receive-VaultFile -Destination $d -PassThru", _folder.At("back")).MustSucceed();
        Assert.All(back.Output, file => Assert.IsType<FileInfo>(file.BaseObject));
        Assert.Equal(_folder.Hashes("papers"), _folder.Hashes("back/archive/papers"));
        Assert.Equal(6, _folder.Hashes("back").Count); // nothing temporary is left
    }

    [Fact]
    public void Send_FileInfosFromThePipeline_KeepTheirPlaces()
    {
        FileInfo[] files = [new(_folder.Write("r/a.txt")), new(_folder.Write("r/sub/b [x].txt"))];
        _shell.Pipe(files, "$input | Send-VaultFile -Destination reports/").MustSucceed();
        Assert.Equal(["reports/a.txt", "reports/sub/b [x].txt"], Names());
    }

    [Fact]
    public void Send_PathsFromThePipeline_BindByValue()
    {
        _shell.Pipe([_folder.Write("a.txt"), _folder.Write("b.txt")], "$input | Send-VaultFile").MustSucceed();
        Assert.Equal(["a.txt", "b.txt"], Names());
    }

    [Fact]
    public void Send_BracketsInPath_AreWildcardsAndInLiteralPathAreNot()
    {
        _folder.Write("data1.txt");
        _folder.Write("data[1].txt");
        _shell.Run("param($p) Send-VaultFile -Path $p", _folder.At("data[1].txt")).MustSucceed();
        Assert.Equal(["data1.txt"], Names());
        _shell.Run("param($p) Send-VaultFile -LiteralPath $p", _folder.At("data[1].txt")).MustSucceed();
        Assert.Equal(["data1.txt", "data[1].txt"], Names());
        Assert.Equal(["data[1].txt"], _shell.Run("(Get-VaultFile -LiteralName 'data[1].txt').Name").MustSucceed().Texts);
        Assert.Equal(["data1.txt"], _shell.Run("(Get-VaultFile 'data[1].txt').Name").MustSucceed().Texts);
    }

    [Fact]
    public void Send_NameTwice_MakesVersionTwo()
    {
        var path = _folder.Write("a.txt", [1]);
        _shell.Run("param($p) Send-VaultFile $p -Name letters/mine.txt", path).MustSucceed();
        File.WriteAllBytes(path, [2, 2]);
        var second = _shell.Run("param($p) Send-VaultFile $p -Name letters/mine.txt -PassThru", path).MustSucceed().Output.Single();
        Assert.Equal(2, second.Properties["Version"].Value);
        Assert.Equal(2L, second.Properties["Length"].Value);
        Assert.Equal(["letters/mine.txt"], Names());
    }

    [Fact]
    public void Send_MissingFileAmongOthers_IsReportedAndTheOthersAreSent()
    {
        var result = _shell.Run("param($a, $b, $c) Send-VaultFile $a, $b, $c", _folder.Write("a.txt"), _folder.At("missing.txt"), _folder.Write("c.txt"));
        var error = result.MustReport();
        Assert.StartsWith("path_not_found,Vault.PowerShell.Commands.SendVaultFileCommand", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal(_folder.At("missing.txt"), error.TargetObject);
        Assert.Equal(["a.txt", "c.txt"], Names());
    }

    [Fact]
    public void Send_FolderWithoutRecurse_IsReported()
    {
        _folder.Write("f/a.txt");
        var error = _shell.Run("param($p) Send-VaultFile $p", _folder.At("f")).MustReport();
        Assert.StartsWith("folder_needs_recurse,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Recurse", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Send_TwoFilesOfOneName_SendsTheFirstAndReportsTheSecond()
    {
        var error = _shell.Run("param($a, $b) Send-VaultFile $a, $b", _folder.Write("x/a.txt"), _folder.Write("y/a.txt")).MustReport();
        Assert.StartsWith("name_taken,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["1"], _shell.Run("(Get-VaultFile a.txt).Version").Texts);
    }

    [Fact]
    public void WhatIf_AnyCmdlet_ChangesNothing()
    {
        var path = _folder.Write("a.txt");
        _shell.Run("param($p) Send-VaultFile $p -WhatIf", path).MustSucceed();
        Assert.Empty(Names());
        _shell.Run("param($p) Send-VaultFile $p", path).MustSucceed();
        _shell.Run("param($d) Receive-VaultFile a.txt $d -WhatIf", _folder.At("back/")).MustSucceed();
        Assert.False(Directory.Exists(_folder.At("back")));
        _shell.Run("Remove-VaultFile a.txt -WhatIf").MustSucceed();
        Assert.Equal(["a.txt"], Names());
        Assert.Contains("What if:", _shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_WrongOrMissing_IsReportedAndRightOneOpens()
    {
        _shell.Run("param($p, $w) Send-VaultFile $p -Password $w", _folder.Write("a.txt"), VaultShell.Secure("пароль")).MustSucceed();
        const string Receive = "param($d, $w) Receive-VaultFile a.txt $d -Password $w";
        foreach (var wrong in new[] { Receive, "param($d) Receive-VaultFile a.txt $d" })
        {
            var error = _shell.Run(wrong, _folder.At("b.txt"), VaultShell.Secure("no")).MustReport();
            Assert.StartsWith("wrong_file_password,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Equal(["a.txt"], _folder.Hashes().Keys);
        }

        _shell.Run(Receive, _folder.At("b.txt"), VaultShell.Secure("пароль")).MustSucceed();
        Assert.Equal(File.ReadAllBytes(_folder.At("a.txt")), File.ReadAllBytes(_folder.At("b.txt")));
    }

    [Fact]
    public void Receive_TargetIsThere_IsRefusedWithoutForce()
    {
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("a.txt")).MustSucceed();
        _folder.Write("back/a.txt", [7]);
        var error = _shell.Run("param($d) Receive-VaultFile a.txt $d", _folder.At("back")).MustReport();
        Assert.StartsWith("target_exists,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ResourceExists, error.CategoryInfo.Category);
        Assert.Equal([7], File.ReadAllBytes(_folder.At("back/a.txt")));
        _shell.Run("param($d) Receive-VaultFile a.txt $d -Force", _folder.At("back")).MustSucceed();
        Assert.Equal(File.ReadAllBytes(_folder.At("a.txt")), File.ReadAllBytes(_folder.At("back/a.txt")));
    }

    [Theory]
    [InlineData("Receive-VaultFile -LiteralName 'a [1].txt'", "a [1].txt")]
    [InlineData("Export-VaultFile -LiteralName 'a [1].txt'", "a [1].txt.age")]
    [InlineData("Get-VaultFile | Where-Object Name -like b* | Receive-VaultFile", "back\\slash.txt")]
    public void PassThru_WrittenFile_IsAnItemAsOfGetItem(string script, string written)
    {
        var isNoItem = written.Contains('\\') && !OperatingSystem.IsWindows(); // the engine's cmdlets cannot say such a name
        _shell.Run("param($p) Send-VaultFile $p -Name 'a [1].txt'; Send-VaultFile $p -Name 'back\\slash.txt'", _folder.Write("a.txt")).MustSucceed();
        _shell.Run(DriveTests.NewDrive("V", "/") + "; $ExecutionContext.SessionState.Path.SetLocation('V:\\')").MustSucceed();
        var item = _shell.Run($"param($d) {script} -Destination $d -PassThru", _folder.At("back/")).MustSucceed().Output.Single();
        Assert.Equal(_folder.At("back/" + written), Assert.IsType<FileInfo>(item.BaseObject).FullName);
        Assert.Equal(isNoItem ? null : $@"Microsoft.PowerShell.Core\FileSystem::{_folder.At("back/" + written)}", item.Properties["PSPath"]?.Value);
    }

    [Fact]
    public void Get_FromAJob_KeepsTimes()
    {
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("a.txt")).MustSucceed();
        var times = _shell.Run(
            """
            $file = Get-VaultFile a.txt
            $file.StoredAt.LocalDateTime
            $text = [System.Management.Automation.PSSerializer]::Serialize($file, 1) # as deep as a job does
            [System.Management.Automation.PSSerializer]::Deserialize($text).StoredAt.LocalDateTime
            """).MustSucceed().Output;
        Assert.Equal(2, times.Count);
        Assert.Equal(times[0].BaseObject, times[1].BaseObject);
    }

    [Fact]
    public void Restore_NoSuchFile_SaysWhereToLook()
    {
        var error = _shell.Run("Restore-VaultFile none.txt").MustReport();
        Assert.StartsWith("Get-VaultFile -Trash ", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Receive_ById_WritesTheNamedFile()
    {
        var id = _shell.Run("param($p) (Send-VaultFile $p -PassThru).Id.ToString()", _folder.Write("a.txt")).MustSucceed().Texts.Single();
        _shell.Run("param($id, $d) Receive-VaultFile -Id $id -Destination $d", id, _folder.At("copy.txt")).MustSucceed();
        Assert.True(File.Exists(_folder.At("copy.txt")));
        var error = _shell.Run("Get-VaultFile -Id 00000000000000000000000000000000").MustReport();
        Assert.StartsWith("not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_FromThePipeline_TakesTheFilesAway()
    {
        _shell.Run("param($a, $b) Send-VaultFile $a, $b", _folder.Write("a.txt"), _folder.Write("b.txt")).MustSucceed();
        _shell.Run("Get-VaultFile a* | Remove-VaultFile").MustSucceed();
        Assert.Equal(["b.txt"], Names());
        Assert.StartsWith("not_found,", _shell.Run("Remove-VaultFile a.txt").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        _shell.Run("Remove-VaultFile x*").MustSucceed(); // a wildcard may match nothing
    }

    [Fact]
    public void Format_File_ShowsAReadableSizeAndKeepsTheNumber()
    {
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("a.bin", new byte[1536])).MustSucceed();
        _shell.Run("Get-VaultFile | Out-Default").MustSucceed();
        Assert.Contains("1.5 KiB", _shell.Host.Shown, StringComparison.Ordinal);
        Assert.Equal(1536L, _shell.Run("(Get-VaultFile).Length").Output.Single().BaseObject);
    }

    [Fact]
    public async Task Stop_WhileReceiving_LeavesNoFile()
    {
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("large.bin", RandomNumberGenerator.GetBytes(40 * 1024 * 1024))).MustSucceed();
        Directory.CreateDirectory(_folder.At("back"));
        await _shell.RunAndStopAsync(
            () => Directory.EnumerateFiles(_folder.At("back")).Any(),
            "param($d) Receive-VaultFile large.bin $d", _folder.At("back"));
        var whole = _folder.Hashes()["large.bin"]; // all of it, if it was faster than the stop
        Assert.All(_folder.Hashes("back"), file => Assert.Equal(("large.bin", whole), (file.Key, file.Value)));
    }

    [Fact]
    public async Task Stop_WhileSending_LeavesNoFileInTheVault()
    {
        // Sparse: far more than can be sent before the stop arrives.
        var path = _folder.Write("large.bin", []);
        await using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(8L * 1024 * 1024 * 1024);
        }

        await _shell.RunAndStopAsync(() => _shell.Host.Progress.Count > 0, "param($p) Send-VaultFile $p", path);
        Assert.Empty(Names());
    }

    public void Dispose()
    {
        _shell.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private IEnumerable<string> Names() =>
        _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts.Where(name => name.Length > 0).Order(StringComparer.Ordinal);
}
