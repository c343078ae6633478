using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

/// <summary>The routes of the history, for its owner alone.</summary>
public sealed class HistoryTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    [Fact]
    public async Task GetHistory_OwnFile_LeadsToItsReceipt()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(person).SendAsync();

        var page = await person.GetAsync(Routes.FileHistory(receipt.File), ProtocolJson.Default.HistoryPage);

        var line = Assert.Single(page.Lines);
        Assert.Equal("file.version-stored.v1", line.Type);
        Assert.Equal(receipt.LineHash, Convert.ToHexStringLower(line.Hash(new byte[32])));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task GetHistory_AccountInPages_IsWhole()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        await new TestSend(person).SendAsync();
        var whole = await person.GetAsync(Routes.History, ProtocolJson.Default.HistoryPage);

        var types = new List<string>();
        for (var path = $"{Routes.History}?limit=1"; path is not null;)
        {
            var page = await person.GetAsync(path, ProtocolJson.Default.HistoryPage);
            types.AddRange(page.Lines.Select(line => line.Type));
            path = page.Next is { } next ? $"{Routes.History}?limit=1&after={Uri.EscapeDataString(next)}" : null;
        }

        Assert.Equal(whole.Lines.Select(line => line.Type), types);
        Assert.Equal("user.registered.v1", types[0]);
    }

    [Fact]
    public async Task GetHistory_SomebodyElsesFile_AnswersAsIfThereWereNone()
    {
        using var owner = await TestPerson.SignUpAsync(fixture.Vault);
        using var other = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(owner).SendAsync();

        var theirs = await ProblemAsync(other, Routes.FileHistory(receipt.File), ErrorCode.NotFound);
        var nobodys = await ProblemAsync(other, Routes.FileHistory(FileId.New()), ErrorCode.NotFound);

        Assert.Equal(nobodys, theirs);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=x")]
    [InlineData("limit=")]
    [InlineData("after=x")]
    [InlineData("after=")]
    [InlineData("after=1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.9")]
    [InlineData("after=1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.999999999999999999999999999999999999999999999999999999999999999999999999")]
    public async Task GetHistory_QueryOfAnotherForm_IsInvalid(string query)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(person).SendAsync();
        await ProblemAsync(person, $"{Routes.History}?{query}", ErrorCode.InvalidRequest);
        await ProblemAsync(person, $"{Routes.FileHistory(receipt.File)}?{query}", ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task GetHistory_NotSignedIn_IsRefused()
    {
        using var person = new TestPerson(fixture.Vault);
        await ProblemAsync(person, Routes.History, ErrorCode.NotAuthenticated);
        await ProblemAsync(person, Routes.FileHistory(FileId.New()), ErrorCode.NotAuthenticated);
    }

    [Fact]
    public async Task GetHistory_IdOfNoForm_IsRefused()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        using var response = await person.Http.GetAsync("/v1/files/nonsense/history");
        Assert.False(response.IsSuccessStatusCode);
    }

    private static async Task<Problem> ProblemAsync(TestPerson person, string path, ErrorCode code)
    {
        using var response = await person.Http.GetAsync(path);
        return await response.IsProblemAsync(code);
    }
}
