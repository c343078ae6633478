using System.Management.Automation;

namespace Vault.PowerShell.Tests;

/// <summary>A drive on the vault, driven as Get-ChildItem, Remove-Item and the like drive it: by the engine's own way into
/// providers.</summary>
public sealed class DriveTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Server _server;
    private readonly VaultShell _shell;

    public DriveTests(Server server)
    {
        _server = server;
        _shell = server.SignedUp();
        Mount("V", "/");
    }

    [Fact]
    public void ChildItems_Folder_AreFoldersAndFiles()
    {
        Send("readme.md", "reports/a.txt", "reports/2026/b.txt", "reports/2026/c.txt");
        Assert.Equal(["reports/", "readme.md"], Names(@"V:\"));
        Assert.Equal(["reports/2026/", "reports/a.txt"], Names(@"V:\reports"));
        Assert.Equal(["reports/2026/b.txt", "reports/2026/c.txt"], Names("V:/reports/2026/"));
        Assert.Equal(["reports/a.txt"], Names(@"V:\reports\a.txt"));
        Assert.Equal(
            ["reports/2026/", "reports/2026/b.txt", "reports/2026/c.txt", "reports/a.txt"], Names(@"V:\reports", recurse: true));
        Assert.Equal(
            ["reports/", "reports/2026/", "reports/2026/b.txt", "reports/2026/c.txt", "reports/a.txt", "readme.md"], Names(@"V:\", recurse: true));
        Assert.Equal(["reports/2026/b.txt", "reports/2026/c.txt"], Names(@"V:\reports\2026\*.txt"));
        Assert.Equal(["readme.md", "reports"], Run("$ExecutionContext.InvokeProvider.ChildItem.GetNames('V:\\', 'ReturnMatchingContainers', $false)").Order(StringComparer.Ordinal));
        var folder = _shell.Run(@"$ExecutionContext.InvokeProvider.Item.Get('V:\reports')").MustSucceed().Output.Single();
        Assert.Equal(3, folder.Properties["FileCount"].Value);
        Assert.Equal(true, folder.Properties["PSIsContainer"].Value);
        Assert.EndsWith("reports", (string)folder.Properties["PSPath"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void ChildItems_NamesAroundAFolders_AreNotInIt()
    {
        var path = _folder.Write("one.txt");
        foreach (var name in new[] { "reports", "reports-old.txt", "reports/a.txt", "reports/b/c.txt", "reports0.txt", "report/d.txt" })
        {
            _shell.Run("param($p, $n) Send-VaultFile $p -Name $n", path, name).MustSucceed();
        }

        Assert.Equal(["reports/b/", "reports/a.txt"], Names(@"V:\reports\*"));
        Assert.Equal(["report/", "reports/", "reports", "reports-old.txt", "reports0.txt"], Names(@"V:\"));
        Assert.Equal(["False"], Run(@"$ExecutionContext.InvokeProvider.Item.IsContainer('V:\reports0.txt')"));
    }

    [Theory]
    [InlineData(@"V:\", true, true)]
    [InlineData(@"V:\reports", true, true)]
    [InlineData(@"V:\reports\a.txt", true, false)]
    [InlineData(@"V:\reports\none.txt", false, false)]
    [InlineData(@"V:\report", false, false)]
    public void Exists_Path_IsKnown(string path, bool exists, bool isFolder)
    {
        Send("reports/a.txt");
        Assert.Equal([$"{exists}"], Run($"$ExecutionContext.InvokeProvider.Item.Exists('{path}')"));
        if (exists)
        {
            Assert.Equal([$"{isFolder}"], Run($"$ExecutionContext.InvokeProvider.Item.IsContainer('{path}')"));
        }
    }

    [Fact]
    public void Item_Root_IsAFolder()
    {
        Send("reports/a.txt", "b.txt");
        Mount("R", "/reports");
        foreach (var (path, count) in new[] { (@"V:\", 2), (@"R:\", 1) })
        {
            var root = _shell.Run($"$ExecutionContext.InvokeProvider.Item.Get('{path}')").MustSucceed().Output.Single();
            Assert.Equal(count, root.Properties["FileCount"].Value);
            Assert.Equal(true, root.Properties["PSIsContainer"].Value);
        }
    }

    [Theory]
    [InlineData(@"Copy('V:\reports\a.txt', 'V:\b.txt', $false, 'CopyTargetContainer')", "b.txt")]
    [InlineData(@"Copy('V:\reports', 'V:\all', $true, 'CopyTargetContainer')", "all/a.txt")]
    [InlineData(@"Rename('V:\reports\a.txt', 'b.txt')", "reports/b.txt")]
    [InlineData(@"Rename('V:\reports', 'papers')", "papers/")]
    [InlineData(@"Move('V:\reports\a.txt', 'V:\b.txt')", "b.txt")]
    public void PassThru_ChangedItem_IsReturned(string call, string name)
    {
        Send("reports/a.txt");
        var item = _shell.Run($"$ExecutionContext.InvokeProvider.Item.{call}").MustSucceed().Output.Single();
        Assert.Equal(name, item.Properties["Name"].Value);
        Assert.Equal(name.EndsWith('/'), item.Properties["PSIsContainer"].Value);
        Assert.EndsWith(name.TrimEnd('/').Split('/')[^1], (string)item.Properties["PSPath"].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Directory", "A folder is there as long as a file is in it")]
    [InlineData("File", "Set-Content stores text")]
    [InlineData("", "Set-Content stores text")]
    public void New_Item_IsRefusedWithWhatToDo(string type, string told)
    {
        var error = _shell.Run($@"$null = $ExecutionContext.InvokeProvider.Item.New('V:\', 'new', '{type}', 'text')");
        Assert.Contains(told, (error.Thrown?.ToString() ?? "") + string.Join('\n', error.Errors), StringComparison.Ordinal);
        Assert.Empty(Names(@"V:\"));
    }

    [Fact]
    public void Pipeline_OfItems_GoesOnWithoutTheirDrive()
    {
        Send("reports/a.txt", "reports/2026/b.txt", "keep.txt");
        Mount("R", "/reports");
        const string Items = @"$ExecutionContext.InvokeProvider.ChildItem.Get('R:\', $false)"; // their PSPath is what binds
        Run($"{Items} | ForEach-Object {{ $null = $ExecutionContext.InvokeProvider.Item.Copy($_.PSPath, 'V:\\all', $true, 'CopyTargetContainer') }}");
        Assert.Equal(["all/a.txt", "all/b.txt"], Names(@"V:\all", recurse: true));
        Run($"{Items} | ForEach-Object {{ $ExecutionContext.InvokeProvider.Item.Remove($_.PSPath, $true) }}");
        Assert.Equal(["all/a.txt", "all/b.txt", "keep.txt"], _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts.Order(StringComparer.Ordinal));
        _shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null",
            _server.Address, _server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        Mount("W", "/");
        _shell.Run(@"$keep = $ExecutionContext.InvokeProvider.Item.Get('V:\keep.txt').PSPath").MustSucceed();
        var error = _shell.RunToError("$ExecutionContext.InvokeProvider.Item.Exists($keep)");
        Assert.Contains("several accounts", error.ToString(), StringComparison.Ordinal);
        _shell.RunToError("$ExecutionContext.InvokeProvider.Item.Remove($keep, $false)");
        Assert.Equal(["keep.txt"], Names(@"V:\keep.txt"));
    }

    [Theory]
    [InlineData(@"Rename('V:\b.txt', 'reports')", "'reports' is a folder")]
    [InlineData(@"Rename('V:\other', 'reports')", "a folder 'reports' already")]
    [InlineData(@"Rename('V:\other', 'b.txt')", "'b.txt' is a file")]
    [InlineData(@"Move('V:\b.txt', 'V:\reports\a.txt\b.txt')", "'reports/a.txt' is a file")]
    [InlineData(@"Copy('V:\b.txt', 'V:\reports\a.txt\b.txt', $false, 'CopyTargetContainer')", "'reports/a.txt' is a file")]
    public void FileAndFolder_OfOneName_AreRefused(string call, string told)
    {
        Send("reports/a.txt", "other/c.txt", "b.txt");
        var error = _shell.RunToError($"$ExecutionContext.InvokeProvider.Item.{call}");
        Assert.Contains(told, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["other/", "other/c.txt", "reports/", "reports/a.txt", "b.txt"], Names(@"V:\", recurse: true));
    }

    [Theory]
    [InlineData(@"Copy($_, 'V:\new\', $false, 'CopyTargetContainer')", 2)]
    [InlineData(@"Copy($_, 'V:/new/', $false, 'CopyTargetContainer')", 2)]
    [InlineData(@"Move($_, 'V:\new\')", 0)]
    public void Destination_WithASlash_IsAFolderThoughItIsNotThereYet(string call, int left)
    {
        Send("old/a.txt", "old/b.txt");
        Run($@"'V:\old\a.txt', 'V:\old\b.txt' | ForEach-Object {{ $null = $ExecutionContext.InvokeProvider.Item.{call} }}");
        Assert.Equal(["new/a.txt", "new/b.txt"], Names(@"V:\new"));
        Assert.Equal(left, Names(@"V:\", recurse: true).Count(name => name.StartsWith("old/", StringComparison.Ordinal) && name.EndsWith(".txt", StringComparison.Ordinal)));
    }

    [Fact]
    public void Content_OfAFolder_IsRefused()
    {
        Send("reports/a.txt");
        Assert.Contains("'reports' is a folder", Told(@"V:\reports"), StringComparison.Ordinal);
        Assert.Contains("'reports/a.txt' is a file", Told(@"V:\reports\a.txt\b.txt"), StringComparison.Ordinal);
        Assert.Equal(["reports/", "reports/a.txt"], Names(@"V:\", recurse: true));

        string Told(string path) => _shell.RunToError($"$ExecutionContext.InvokeProvider.Content.GetWriter('{path}')").ToString();
    }

    [Fact]
    public void Folder_PipedToACmdlet_IsNamed()
    {
        Send("reports/a.txt");
        var error = _shell.Run(@"$ExecutionContext.InvokeProvider.Item.Get('V:\reports') | Remove-VaultFile").MustReport();
        Assert.StartsWith("'reports/' names a folder", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_Path_IsNotFound()
    {
        var error = _shell.RunToError(@"$ExecutionContext.InvokeProvider.Item.Get('V:\none.txt')");
        Assert.Equal(ErrorCategory.ObjectNotFound, Inner(error).CategoryInfo.Category);
    }

    [Fact]
    public void Root_Folder_IsTheDrivesTop()
    {
        Send("reports/2026/b.txt", "other.txt");
        Mount("R", "/reports");
        Assert.Equal(["reports/2026/"], Names(@"R:\"));
        Assert.Equal(["reports/2026/b.txt"], Names(@"R:\2026"));
    }

    [Fact]
    public void Location_OnTheDrive_MakesRelativePathsWork()
    {
        Send("reports/2026/b.txt", "other.txt");
        Run(@"$ExecutionContext.SessionState.Path.SetLocation('V:\reports')");
        Assert.Equal(["reports/2026/b.txt"], Names("2026"));
        Assert.Equal(["other.txt"], Names("../other.txt"));
        Assert.Equal([@"V:/reports"], Run("$ExecutionContext.SessionState.Path.CurrentLocation.Path.Replace('\\', '/')"));
    }

    [Fact]
    public void Remove_FileAndFolder_AreGoneAndWhatIfRemovesNothing()
    {
        Send("reports/a.txt", "reports/2026/b.txt", "keep.txt");
        Run(@"$ExecutionContext.InvokeProvider.Item.Remove('V:\reports\a.txt', $false)");
        Assert.Equal(["reports/2026/"], Names(@"V:\reports"));
        var error = _shell.RunToError(@"$ExecutionContext.InvokeProvider.Item.Remove('V:\reports', $false)");
        Assert.NotNull(error);
        Run(@"$ExecutionContext.InvokeProvider.Item.Remove('V:\reports', $true)");
        Assert.Equal(["keep.txt"], Names(@"V:\"));
        Assert.Equal(["keep.txt"], _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts);
    }

    [Fact]
    public void Copy_FileAndFolder_AreFilesOfTheirOwn()
    {
        Send("reports/a.txt", "reports/2026/b.txt");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Copy('V:\reports\a.txt', 'V:\copy.txt', $false, 'CopyTargetContainer')");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Copy('V:\copy.txt', 'V:\reports', $false, 'CopyTargetContainer')");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Copy('V:\reports', 'V:\all', $true, 'CopyTargetContainer')");
        Assert.Equal(
            ["all/2026/b.txt", "all/a.txt", "all/copy.txt", "copy.txt", "reports/2026/b.txt", "reports/a.txt", "reports/copy.txt"],
            _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts.Order(StringComparer.Ordinal));
        Run("Remove-VaultFile reports/a.txt");
        Run($@"Receive-VaultFile copy.txt -Destination '{_folder.At("back/")}'");
        Assert.Equal(File.ReadAllBytes(_folder.At("send/reports/a.txt")), File.ReadAllBytes(_folder.At("back/copy.txt")));
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Copy('V:\all\2026\b.txt', 'V:\copy.txt', $false, 'CopyTargetContainer')");
        Assert.Equal(["2"], Run("[string](Get-VaultFile copy.txt).Version"));
    }

    [Theory]
    [InlineData(@"Copy('V:\a.txt', 'W:\a.txt', $false, 'CopyTargetContainer')")]
    [InlineData(@"Move('V:\a.txt', 'W:\a.txt')")]
    public void CopyAndMove_DrivesOfTwoAccounts_AreRefused(string call)
    {
        Send("a.txt");
        _shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null",
            _server.Address, _server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        Mount("W", "/");
        var error = _shell.RunToError($"$ExecutionContext.InvokeProvider.Item.{call}");
        Assert.Contains("several accounts", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["a.txt"], Names(@"V:\"));
        Assert.Empty(Names(@"W:\"));
    }

    [Fact]
    public void RenameAndMove_FileAndFolder_HaveTheirNewNames()
    {
        Send("reports/a.txt", "reports/2026/b.txt");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Rename('V:\reports\a.txt', 'c.txt')");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Move('V:\reports\c.txt', 'V:\d.txt')");
        Run(@"$null = $ExecutionContext.InvokeProvider.Item.Rename('V:\reports', 'papers')");
        Assert.Equal(["d.txt", "papers/2026/b.txt"], _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Items_OfTheDrive_FeedTheCmdlets()
    {
        Send("reports/a.txt", "reports/b.txt");
        Run($@"$ExecutionContext.InvokeProvider.ChildItem.Get('V:\reports', $false) | Receive-VaultFile -Destination '{_folder.At("back")}'");
        Assert.Equal(["reports/a.txt", "reports/b.txt"], _folder.Hashes("back").Keys);
    }

    [Fact]
    public void Paths_OfTheDrive_AreTakenBySendAndReceive()
    {
        var path = _folder.Write("new.txt");
        Run($@"Send-VaultFile '{path}' -Destination V:\reports\2026");
        Assert.Equal(["reports/2026/new.txt"], _shell.Run("(Get-VaultFile).Name").MustSucceed().Texts);
        Run($@"Receive-VaultFile V:\reports\2026\*.txt -Destination '{_folder.At("back/")}'");
        Assert.Equal(["reports/2026/new.txt"], _folder.Hashes("back").Keys);
        Run(@"Remove-VaultFile V:\reports\2026\new.txt");
        Assert.Empty(Names(@"V:\"));
    }

    [Fact]
    public void Content_Bytes_ComeBackTheSame()
    {
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(3 * 1024 * 1024);
        _shell.Run(Writer(@"V:\new\a.bin", asBytes: true, "$null = $w.Write($args[0])"), (object)bytes).MustSucceed();
        Assert.Equal(["new/a.bin"], Names(@"V:\new"));
        var read = _shell.Run(Reader(@"V:\new\a.bin", asBytes: true, ", $r.Read(0)")).MustSucceed().Output.Single();
        Assert.Equal(bytes, (byte[])read.BaseObject);
        var first = _shell.Run(Reader(@"V:\new\a.bin", asBytes: true, "$r.Read(1); $r.Read(1)")).MustSucceed().Output;
        Assert.Equal(bytes[..2], first.Select(one => (byte)one.BaseObject));
    }

    [Fact]
    public void Content_Lines_AreText()
    {
        Run(Writer(@"V:\notes.txt", asBytes: false, "$null = $w.Write(@('перше', 'друге'))"));
        Assert.Equal(["перше", "друге"], Run(Reader(@"V:\notes.txt", asBytes: false, "$r.Read(0)")));
        Run(Writer(@"V:\notes.txt", asBytes: false, "$null = $w.Write(@('друга версія'))"));
        Assert.Equal(["2"], _shell.Run("(Get-VaultFile notes.txt).Version").MustSucceed().Texts);
        Assert.Equal(["друга версія"], Run(Reader(@"V:\notes.txt", asBytes: false, "$r.Read(1)")));
    }

    [Fact]
    public void Content_Raw_IsOneTextOrOneArray()
    {
        Run(Writer(@"V:\notes.json", asBytes: false, "$w.EndsLines = $false; $null = $w.Write(@(\"{`n\", '}'))"));
        Assert.Equal(["{\n}"], Run(Reader(@"V:\notes.json", asBytes: false, "$r.IsRaw = $true; $r.Read(1); $r.Read(1)")));
        var bytes = _shell.Run(Reader(@"V:\notes.json", asBytes: true, "$r.IsRaw = $true; , $r.Read(1)[0]; , $r.Read(1)")).MustSucceed().Output;
        Assert.Equal("{\n}"u8.ToArray(), (byte[])bytes[0].BaseObject);
        Assert.Empty((object[])bytes[1].BaseObject);
    }

    [Fact]
    public void Content_MissingFile_IsNotFound()
    {
        var error = _shell.RunToError(Reader(@"V:\none.txt", asBytes: true, "$r.Read(0)"));
        Assert.Contains("none.txt", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Content_OfThePerson_LeavesNothingInTheTemporaryFolder()
    {
        Run(Writer(@"V:\notes.txt", asBytes: false, "$null = $w.Write(@('x'))"));
        Assert.Empty(Directory.EnumerateFiles(Path.GetTempPath(), "vault-????????????????????????????????"));
    }

    [Fact]
    public void Drive_OfAnotherSession_WorksInIt()
    {
        Send("of-the-first.txt");
        _shell.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null",
            _server.Address, _server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Empty(_shell.Run("Get-VaultFile").MustSucceed().Output);
        Assert.Equal(["of-the-first.txt"], Names(@"V:\"));
        Run($@"Receive-VaultFile V:\of-the-first.txt -Destination '{_folder.At("back/")}'");
        Assert.Equal(["of-the-first.txt"], _folder.Hashes("back").Keys);
    }

    [Fact]
    public void Root_Any_IsNoPathOfThisMachine()
    {
        // Where it were one, Set-Content of a file that is not there yet would write to this machine's disk.
        Mount("R", "/reports");
        Assert.Equal(["", "reports"], _shell.Run("'V', 'R' | ForEach-Object { $ExecutionContext.SessionState.Drive.Get($_).Root }").MustSucceed().Texts);
    }

    [Fact]
    public void NewDrive_NoSession_IsNotAuthenticated()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError(NewDrive("V", "/"));
        Assert.StartsWith("not_authenticated", Inner(error).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Drive_SessionHasEnded_IsNotAuthenticated()
    {
        var error = _shell.RunToError(@"Disconnect-Vault; $ExecutionContext.InvokeProvider.Item.Exists('V:\a.txt')");
        Assert.StartsWith("not_authenticated", Inner(error).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_FolderAndFile_ShareATable()
    {
        Send("reports/a.txt", "b.txt");
        _shell.Run(@"$ExecutionContext.InvokeProvider.ChildItem.Get('V:\', $false) | Out-Default").MustSucceed();
        Assert.Contains("reports/", _shell.Host.Shown, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(_shell.Host.Shown, "Stored"));
    }

    public void Dispose()
    {
        _shell.Dispose();
        _folder.Dispose();
    }

    // A method of the engine wraps what the provider threw; New-PSDrive and the like show it as it is.
    private static ErrorRecord Inner(ErrorRecord error) => Assert.IsAssignableFrom<IContainsErrorRecord>(error.Exception.InnerException).ErrorRecord;

    // As Set-Content and Get-Content do, of which the hosted engine has neither; their -AsByteStream is the provider's own parameter.
    private static string Writer(string path, bool asBytes, string script) =>
        $"$w = @($ExecutionContext.InvokeProvider.Content.GetWriter('{path}'))[0]; "
        + $"$w.AsBytes = ${asBytes}; try {{ {script} }} finally {{ $w.Close() }}";

    private static string Reader(string path, bool asBytes, string script) =>
        $"$r = @($ExecutionContext.InvokeProvider.Content.GetReader('{path}'))[0]; "
        + $"$r.AsBytes = ${asBytes}; try {{ {script} }} finally {{ $r.Close() }}";

    internal static string NewDrive(string name, string root) =>
        $"$null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('{name}', "
        + $"$ExecutionContext.SessionState.Provider.GetOne('Vault'), '{root}', '', $null), 'Global')";

    private void Mount(string name, string root) => _shell.Run(NewDrive(name, root)).MustSucceed();

    private void Send(params string[] names)
    {
        foreach (var name in names)
        {
            _shell.Run("param($p, $n) Send-VaultFile $p -Name $n", _folder.Write("send/" + name), name).MustSucceed();
        }
    }

    private IEnumerable<string> Names(string path, bool recurse = false) =>
        Run($"$ExecutionContext.InvokeProvider.ChildItem.Get('{path}', ${recurse}).ForEach({{ $_.Name }})");

    private IEnumerable<string> Run(string script) => _shell.Run(script).MustSucceed().Texts.Where(text => text.Length > 0);
}
