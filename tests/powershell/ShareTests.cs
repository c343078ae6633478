using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Grant-, Get- and Revoke-VaultShare, contacts and Export-VaultFile: two people in two shells against a real server.</summary>
public class ShareTests : IClassFixture<Server>, IDisposable
{
    private readonly Server _server;
    private readonly TemporaryFolder _folder = new();
    private readonly string _adaEmail;
    private readonly string _bobEmail;
    private readonly VaultShell _ada;
    private readonly VaultShell _bob;

    public ShareTests(Server server)
    {
        _server = server;
        _adaEmail = server.NewEmail();
        _bobEmail = server.NewEmail();
        _ada = server.SignedUp(_adaEmail);
        _bob = server.SignedUp(_bobEmail);
    }

    [Fact]
    public async Task Story_OfTwoPeople_LeavesNothingReadableOnTheServer()
    {
        const string Plaintext = "the plaintext of the shared story ", FilePassword = "file password of the story";
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Plaintext, 5_000)));
        _folder.Write("papers/story-name-one.txt", content);
        _folder.Write("papers/story-name-two.bin", RandomNumberGenerator.GetBytes(6_000_000));
        _ada.Run("param($p) Send-VaultFile $p -Recurse", _folder.At("papers")).MustSucceed();
        _folder.Write("story-name-three.txt", content);
        _ada.Run("param($p, $w) Send-VaultFile $p -Password $w", _folder.At("story-name-three.txt"), VaultShell.Secure(FilePassword)).MustSucceed();

        // Two files by pipeline; the third needs its password from its owner, and only from its owner.
        var granted = _ada.Run("param($to) Get-VaultFile papers/* | Grant-VaultShare -To $to -PassThru", _bobEmail).MustSucceed();
        Assert.Equal(2, granted.Output.Count);
        var warning = Assert.Single(granted.Warnings).Message; // one first contact
        Assert.Contains("Verified = False", warning, StringComparison.Ordinal);
        var refused = _ada.Run("param($to) Grant-VaultShare story-name-three.txt -To $to", _bobEmail).MustReport();
        Assert.StartsWith("wrong_file_password,Vault.PowerShell.Commands.GrantVaultShareCommand", refused.FullyQualifiedErrorId, StringComparison.Ordinal);
        _ada.Run("param($to, $w) Grant-VaultShare story-name-three.txt $to -Password $w", _bobEmail, VaultShell.Secure(FilePassword)).MustSucceed();

        // Bob compares the fingerprint and has everything.
        var fingerprint = (string)_ada.Run("param($m) (Get-VaultContact $m).Fingerprint", _bobEmail).MustSucceed().Output[0].BaseObject;
        Assert.Contains(fingerprint, warning, StringComparison.Ordinal);
        Assert.Equal(fingerprint, _bob.Run("param($m) (Get-VaultContact $m).Fingerprint", _adaEmail).MustSucceed().Texts.Single());
        _bob.Run("param($m, $f) Confirm-VaultContact $m -Fingerprint $f", _adaEmail, fingerprint.Replace(' ', '-')).MustSucceed();
        Assert.Equal(["True"], _bob.Run("param($m) (Get-VaultContact $m).Verified", _adaEmail).MustSucceed().Texts);
        Assert.Equal(
            ["papers/story-name-one.txt", "papers/story-name-two.bin", "story-name-three.txt"],
            _bob.Run("(Get-VaultFile -Shared).Name").MustSucceed().Texts.Order(StringComparer.Ordinal));
        Assert.Equal([_adaEmail], _bob.Run("(Get-VaultFile).Owner.Email").MustSucceed().Texts.Distinct());
        _bob.Run("param($d) Get-VaultFile -Shared | Receive-VaultFile -Destination $d", _folder.At("bob")).MustSucceed();
        Assert.Equal(_folder.Hashes("papers"), _folder.Hashes("bob/papers"));
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder.At("bob/story-name-three.txt")));

        // What Bob exports opens without us.
        _bob.Run(
            "param($d, $i) Export-VaultFile papers/story-name-two.bin -Destination $d; Export-VaultFile -IdentityPath $i", _folder.At("out/"), _folder.At("identity.txt")).MustSucceed();
        var identity = (await File.ReadAllTextAsync(_folder.At("identity.txt"))).Trim();
        await Peers.RunAsync("open-age.mjs", "", identity, _folder.At("out/papers/story-name-two.bin.age"), _folder.At("opened"));
        Assert.Equal(
            await File.ReadAllBytesAsync(_folder.At("papers/story-name-two.bin")), await File.ReadAllBytesAsync(_folder.At("opened")));

        // Ada takes one back.
        Assert.Equal(3, _ada.Run("param($m) Get-VaultShare -With $m", _bobEmail).MustSucceed().Output.Count);
        _ada.Run("param($m) Get-VaultShare papers/story-name-one.txt -With $m | Revoke-VaultShare -Rekey", _bobEmail).MustSucceed();
        var gone = _bob.Run("param($d) Receive-VaultFile papers/story-name-one.txt $d", _folder.At("again")).MustReport();
        Assert.StartsWith("not_found,", gone.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(2, _bob.Run("Get-VaultShare -Received").MustSucceed().Output.Count);
        Assert.Equal(2, _ada.Run("(Get-VaultFile papers/story-name-one.txt).Version").MustSucceed().Output[0].BaseObject);

        string[] secrets = [Plaintext, "story-name", FilePassword, Server.Password, identity, identity[20..40]];
        foreach (var path in Directory.EnumerateFiles(_server.DataFolder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) == ".lock")
            {
                continue; // held open, and empty
            }

            var stored = Encoding.Latin1.GetString(StoreSearch.ReadIfThere(path));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, stored, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Grant_WhatIf_GivesNothing()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to -WhatIf", _bobEmail).MustSucceed();
        Assert.Empty(_bob.Run("Get-VaultFile").MustSucceed().Output);
    }

    [Fact]
    public void Grant_OneOfSeveralUnknown_ReportsThatOneAndGivesToTheOthers()
    {
        Send("a.txt");
        var result = _ada.Run("param($to) Grant-VaultShare a.txt -To 'nobody@example.org', $to -PassThru", _bobEmail);

        Assert.StartsWith("not_found,", result.MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(_bobEmail, result.Output.Single().Properties["Person"].Value);
        Assert.Equal(["a.txt"], _bob.Run("(Get-VaultFile -Shared).Name").MustSucceed().Texts);
        var again = _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustReport();
        Assert.StartsWith("conflict,", again.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ResourceExists, again.CategoryInfo.Category);
    }

    [Fact]
    public void Grant_WithFingerprint_GivesOnlyIfItIsTheOne()
    {
        Send("a.txt");
        var unverified = _ada.Run("param($to) Grant-VaultShare a.txt -To $to -RequireVerified", _bobEmail).MustReport();
        Assert.StartsWith("contact_not_verified,", unverified.FullyQualifiedErrorId, StringComparison.Ordinal);
        var wrong = _ada.Run("param($to) Grant-VaultShare a.txt -To $to -Fingerprint ('1' * 60)", _bobEmail).MustReport();
        Assert.StartsWith("contact_not_verified,", wrong.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(_bob.Run("Get-VaultFile").MustSucceed().Output);

        // As Bob reads it out to Ada.
        var fingerprint = _bob.Run("param($m) (Get-VaultContact $m).Fingerprint", _adaEmail).MustSucceed().Texts.Single();
        var share = _ada.Run(
            "param($to, $f) Grant-VaultShare a.txt -To $to -Fingerprint $f -RequireVerified -PassThru", _bobEmail, fingerprint).MustSucceed();
        Assert.Equal(true, share.Output.Single().Properties["Verified"].Value);
        Assert.Empty(share.Warnings);
    }

    [Theory]
    [InlineData("-ExpiresAfter 1:00 -Until 2040-01-01")]
    [InlineData("-ExpiresAfter -1:00")]
    [InlineData("-Fingerprint 1 -To a@example.org, b@example.org")]
    public void Grant_ContradictoryParameters_AreRefused(string parameters)
    {
        Send("a.txt");
        var to = parameters.Contains("-To", StringComparison.Ordinal) ? "" : $"-To {_bobEmail}";
        Assert.StartsWith(
            "invalid_argument,", _ada.RunToError($"Grant-VaultShare a.txt {to} {parameters}").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Grant_Until_IsShownToBoth()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to -Until 2040-01-01T00:00:00Z", _bobEmail).MustSucceed();
        var end = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(end, _ada.Run("(Get-VaultShare -Given).ExpiresAt").MustSucceed().Output[0].BaseObject);
        Assert.Equal(end, _bob.Run("(Get-VaultShare -Received).ExpiresAt").MustSucceed().Output[0].BaseObject);
    }

    [Fact]
    public void Contact_TerminalOf80Columns_ShowsAddressAndFingerprint()
    {
        _ada.Host.NarrowTo80Columns();
        var longer = "somebody.with.a.long.name." + _server.NewEmail();
        _server.SignedUp(longer).Dispose();
        var fingerprint = _ada.Run("param($m) (Get-VaultContact $m).Fingerprint", longer).MustSucceed().Texts.Single();
        _ada.Run("param($m) Get-VaultContact $m, $args[0] | Out-Default", _bobEmail, longer).MustSucceed();
        var shown = _ada.Host.Shown.ReplaceLineEndings("\n");
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains(_bobEmail, shown, StringComparison.Ordinal);
        Assert.Contains(longer, shown, StringComparison.Ordinal);
        Assert.Contains(fingerprint[..35], shown, StringComparison.Ordinal);
        Assert.Contains(fingerprint[36..], shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-VaultShare -Received | Revoke-VaultShare", "not_permitted,", "Only its owner can take it back.")]
    [InlineData("Get-VaultShare -Received | Grant-VaultShare", "not_permitted,", "Only its owner can share it.")]
    [InlineData("$file | Receive-VaultFile -Destination $to", "integrity_failed,", "If another session listed it, pass that one with -Session. ")]
    public void FileOfAnotherAccount_AnyCmdlet_DoesNotBlameTheServerAlone(string script, string id, string advice)
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to 3>$null", _bobEmail).MustSucceed();
        var file = _ada.Run("Get-VaultFile a.txt").MustSucceed().Output.Single();
        var error = _bob.Run($"param($file, $to) {script}", file, _folder.At("back/")).MustReport();
        Assert.StartsWith(id, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("back")) && Directory.EnumerateFiles(_folder.At("back")).Any());
    }

    [Fact]
    public void Lists_TerminalOf80Columns_CutNothing()
    {
        const string Eve = "eve@example.org", Name = "a folder in the vault/report.txt";
        using var eve = _server.SignedUp(Eve);
        _ada.Host.NarrowTo80Columns();
        _ada.Run("param($p, $n) Send-VaultFile $p -Name $n", _folder.Write("a.txt"), Name).MustSucceed();
        _ada.Run("param($n, $e) Grant-VaultShare $n -To $e 3>$null", Name, Eve).MustSucceed();
        eve.Run("param($p, $a) Send-VaultFile $p -Name given.txt; Grant-VaultShare given.txt -To $a 3>$null", _folder.At("a.txt"), _adaEmail).MustSucceed();
        _ada.Run("Get-VaultShare | Out-Default; Get-VaultFile | Out-Default; Get-VaultFile -Shared | Out-Default").MustSucceed();
        var shown = _ada.Host.Shown.ReplaceLineEndings("\n");
        Assert.DoesNotContain('…', shown);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains($"unverified to {Eve}", shown, StringComparison.Ordinal);
        Assert.Contains($"unverified from {Eve}", shown, StringComparison.Ordinal);
        Assert.Contains($" {Name}\n", shown, StringComparison.Ordinal);
        Assert.Contains($" given.txt (from {Eve})", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_PersonInAnotherCase_IsThatPerson()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustSucceed();
        _ada.Run("param($m) Get-VaultShare -Given -Person $m | Revoke-VaultShare", _bobEmail.ToUpperInvariant()).MustSucceed();
        Assert.Empty(_bob.Run("Get-VaultFile").MustSucceed().Output);
    }

    [Theory]
    [InlineData("Get-VaultShare -Person nobody@example.org", "nobody@example.org")]
    [InlineData("Get-VaultFile | Get-VaultShare -Person nobody@example.org", "nobody@example.org")]
    [InlineData("Get-VaultShare a.txt, none.txt", "none.txt")]
    [InlineData("Get-VaultShare none.txt -Person nobody@example.org", "none.txt")]
    [InlineData("Get-VaultShare a.txt -Person nobody@example.org", "nobody@example.org")]
    public void Get_NameOrAddressThatNoShareHas_IsNotFound(string line, string named)
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustSucceed();
        var error = _ada.Run(line).MustReport();
        Assert.StartsWith("not_found,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(named, error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_PatternThatMatchesNothing_IsNoError()
    {
        Send("a.txt");
        Assert.Empty(_ada.Run("Get-VaultShare no*").MustSucceed().Output);
        Assert.Empty(_ada.Run("Get-VaultFile no* | Get-VaultShare -Person nobody@example.org").MustSucceed().Output);
    }

    [Fact]
    public void Get_PathsOnADrive_AreNames()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustSucceed();
        _ada.Run(DriveTests.NewDrive("W", "/")).MustSucceed();
        _ada.Run(
            "param($s, $e, $p) $null = New-VaultAccount -Server $s -Email $e -Password $p 3>$null",
            _server.Address, _server.NewEmail(), VaultShell.Secure(Server.Password)).MustSucceed();
        Assert.Equal([_bobEmail], _ada.Run(@"(Get-VaultShare W:\a.txt).Person").MustSucceed().Texts);
    }

    [Fact]
    public void Received_Files_CannotBeGivenOnOrRemoved()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustSucceed();

        Assert.StartsWith("not_found,", _bob.Run("Remove-VaultFile a.txt").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        _bob.Run("Remove-VaultFile *").MustSucceed();
        Assert.StartsWith(
            "not_permitted,", _bob.Run("Get-VaultFile a.txt | Remove-VaultFile").MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "not_permitted,",
            _bob.Run("param($to) Get-VaultFile a.txt | Grant-VaultShare -To $to", _adaEmail).MustReport().FullyQualifiedErrorId,
            StringComparison.Ordinal);
        Assert.Single(_ada.Run("Get-VaultFile a.txt").MustSucceed().Output);
    }

    [Fact]
    public void Revoke_ByName_TakesItFromEachPersonNamed()
    {
        Send("a.txt");
        _ada.Run("param($to) Grant-VaultShare a.txt -To $to", _bobEmail).MustSucceed();
        _ada.Run("param($to) Revoke-VaultShare a.txt -From $to -WhatIf", _bobEmail).MustSucceed();
        Assert.Single(_bob.Run("Get-VaultFile").MustSucceed().Output);

        _ada.Run("param($to) Revoke-VaultShare a.txt -From $to", _bobEmail).MustSucceed();

        Assert.Empty(_bob.Run("Get-VaultFile").MustSucceed().Output);
        Assert.StartsWith(
            "not_found,", _ada.Run("param($to) Revoke-VaultShare a.txt -From $to", _bobEmail).MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Identity_IsForThePersonAloneAndReplacesNothing()
    {
        var path = _folder.At("identity.txt");
        _ada.Run("param($i) Export-VaultFile -IdentityPath $i", path).MustSucceed();
        Assert.StartsWith("AGE-SECRET-KEY-PQ-1", File.ReadAllText(path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.StartsWith(
            "target_exists,", _ada.Run("param($i) Export-VaultFile -IdentityPath $i", path).MustReport().FullyQualifiedErrorId, StringComparison.Ordinal);

        // What is replaced may have been for everybody; the identity is not.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        }

        _ada.Run("param($i) Export-VaultFile -IdentityPath $i -Force", path).MustSucceed();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    public void Dispose()
    {
        _ada.Dispose();
        _bob.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Send(string name) => _ada.Run("param($p) Send-VaultFile $p", _folder.Write(name)).MustSucceed();
}
