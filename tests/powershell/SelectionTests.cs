using System.Text;

namespace Vault.PowerShell.Tests;

/// <summary>Which files a command means, where that could go wrong without a word.</summary>
public sealed class SelectionTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Server _server;
    private readonly string _email;
    private readonly VaultShell _shell;

    public SelectionTests(Server server)
    {
        _server = server;
        _email = server.NewEmail();
        _shell = server.SignedUp(_email);
    }

    [Fact]
    public void Receive_TwoFilesForOnePlace_WritesOneAndTellsOfTheOther()
    {
        var bobEmail = _server.NewEmail();
        using var bob = _server.SignedUp(bobEmail);
        bob.Run("param($p) Send-VaultFile $p", _folder.Write("plan.txt", "Bob's"u8.ToArray())).MustSucceed();
        bob.Run("param($to) Grant-VaultShare plan.txt $to 3>$null", _email).MustSucceed();
        _shell.Run("param($p) Send-VaultFile $p", _folder.Write("plan.txt", "Ada's"u8.ToArray())).MustSucceed();

        var result = _shell.Run("param($d) Get-VaultFile plan* | Receive-VaultFile -Destination $d -Force -Report", _folder.At("back"));

        var error = result.MustReport();
        Assert.StartsWith("name_taken,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(bobEmail, error.Exception.Message, StringComparison.Ordinal);
        Assert.Single(result.Output);
        Assert.Equal("Ada's", File.ReadAllText(_folder.At("back/plan.txt")));
    }

    [Fact]
    public void Receive_OneFileNamedTwice_WritesItOnce()
    {
        Send("a.txt");
        var result = _shell.Run("param($d) 'a.txt', 'a.*' | Receive-VaultFile -Destination $d/ -PassThru", _folder.At("back")).MustSucceed();
        Assert.Single(result.Output);
    }

    [Fact]
    public void Receive_PatternThatNoFileMatches_IsAnError()
    {
        Send("data[1].txt");
        var error = _shell.Run("param($d) Receive-VaultFile 'data[1].txt' $d/", _folder.At("back")).MustReport();
        Assert.StartsWith("not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-LiteralName", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        _shell.Run("param($d) Receive-VaultFile -LiteralName 'data[1].txt' $d/", _folder.At("back")).MustSucceed();
    }

    [Fact]
    public void Send_PatternThatNothingMatches_IsAnError()
    {
        var error = _shell.Run("param($p) Send-VaultFile $p", _folder.Write("data[1].txt")).MustReport();
        Assert.StartsWith("path_not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-LiteralPath", error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-VaultFile 'a[b'")]
    [InlineData("Receive-VaultFile 'a[b'")]
    [InlineData("Get-VaultShare 'a[b'")]
    public void Pattern_ThatIsNone_IsAnErrorLikeOthers(string line)
    {
        Send("a.txt");
        var bob = _server.NewEmail();
        using var shell = _server.SignedUp(bob);
        _shell.Run("param($to) Grant-VaultShare a.txt $to 3>$null", bob).MustSucceed();
        Assert.StartsWith("invalid_argument,", _shell.Run(line).MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Send_Root_NamesBeginThereAndWhatIsOutsideIsAnError()
    {
        var (inside, outside) = (_folder.Write("papers/drafts/plan.txt"), _folder.Write("other.txt"));
        var result = _shell.Run(
            "param($files, $root) $files | Send-VaultFile -Root $root -Destination papers/ -PassThru", new[] { inside, outside }, _folder.At("papers"));
        Assert.StartsWith("invalid_argument,", result.MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("papers/drafts/plan.txt", Assert.Single(result.Output).Properties["Name"].Value);
        var error = _shell.RunToError("param($p, $root) Send-VaultFile $p -Root $root", inside, _folder.At("none"));
        Assert.StartsWith("path_not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Send_NamesThatAreOneInTheVault_StoresOneAndTellsOfTheOther()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Other systems keep such names as one already.");
        _folder.Write("café".Normalize(NormalizationForm.FormC), "one"u8.ToArray());
        _folder.Write("café".Normalize(NormalizationForm.FormD), "two"u8.ToArray());

        var result = _shell.Run("param($p) Send-VaultFile $p", _folder.At("*"));

        Assert.StartsWith("name_taken,", result.MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["1"], _shell.Run("(Get-VaultFile).Version").MustSucceed().Texts);
    }

    [SkippableFact]
    public void Send_Link_SendsWhatItLeadsToAndSaysHowLongThatIs()
    {
        Skip.If(OperatingSystem.IsWindows(), "Links take a right of their own there.");
        File.CreateSymbolicLink(_folder.At("link"), _folder.Write("there/target", new byte[3_000_000]));

        var result = _shell.Run("param($p) Send-VaultFile $p -Report", _folder.At("link")).MustSucceed();

        Assert.Equal(3_000_000L, Assert.Single(result.Output).Properties["Length"].Value);
        Assert.Equal(["3000000"], _shell.Run("(Get-VaultFile link).Length").MustSucceed().Texts);
    }

    [Fact]
    public void Pipeline_ObjectsWithTheProperty_Bind()
    {
        _folder.Write("a.txt");
        _folder.Write("b.txt");

        // As Import-Csv makes them of a list of paths, and of what Export-Csv wrote.
        _shell.Run("param($f) 'a.txt', 'b.txt' | ForEach-Object { [pscustomobject]@{ Path = \"$f/$_\" } } | Send-VaultFile", _folder.Root).MustSucceed();
        _shell.Run(
            "param($d) Get-VaultFile | ForEach-Object { [pscustomobject]@{ Name = $_.Name; Id = \"$($_.Id)\" } } | Receive-VaultFile -Destination $d",
            _folder.At("by-id")).MustSucceed();
        _shell.Run(
            "param($d) Get-VaultFile | ForEach-Object { [pscustomobject]@{ LiteralName = $_.Name } } | Receive-VaultFile -Destination $d",
            _folder.At("by-name")).MustSucceed();
        _shell.Run( // as ConvertTo-Json and ConvertFrom-Json make them of a file: its id is an object there
            "param($d) Get-VaultFile | ForEach-Object { [pscustomobject]@{ Name = 'no name'; Id = [pscustomobject]@{ Value = \"$($_.Id.Value)\" } } }"
            + " | Receive-VaultFile -Destination $d",
            _folder.At("by-json")).MustSucceed();

        Assert.Equal(["a.txt", "b.txt"], _folder.Hashes("by-id").Keys);
        Assert.Equal(_folder.Hashes("by-id"), _folder.Hashes("by-name"));
        Assert.Equal(_folder.Hashes("by-id"), _folder.Hashes("by-json"));
    }

    public void Dispose()
    {
        _shell.Dispose();
        _folder.Dispose();
    }

    private void Send(string name) => _shell.Run("param($p) Send-VaultFile -LiteralPath $p", _folder.Write(name)).MustSucceed();
}
