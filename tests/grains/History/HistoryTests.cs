using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.History;

/// <summary>The history of an account and of a file is its event stream, for its owner alone.</summary>
public sealed class HistoryTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!, _friend = null!; // set by InitializeAsync
    private TestSend _send = null!; // set by InitializeAsync
    private Receipt _receipt = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _send = new TestSend(_owner);
        _receipt = await _send.SendAsync(vault);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task GetHistory_File_IsItsStreamAndLeadsToTheReceipts()
    {
        var share = new TestShare(_owner, _receipt.File);
        await share.GrantAsync(_friend);
        await share.RevokeAsync(_friend);

        var lines = Expect.Value(await vault.File(_receipt.File).GetHistory(_owner.Caller, null, 100)).Lines;

        Assert.Equal(["file.version-stored.v1", "file.shares-granted.v1", "file.shares-revoked.v1"], lines.Select(line => line.Type));
        Assert.Equal([1, 2, 3], lines.Select(line => line.Version));
        Assert.Equal(_receipt.LineHash, Convert.ToHexStringLower(lines[0].Hash(new byte[SHA256.HashSizeInBytes])));
        await AssertStoredAsync("files", _receipt.File.ToString(), lines);
        using var granted = JsonDocument.Parse(lines[1].Data);
        Assert.Equal(_friend.Account.ToString(), granted.RootElement.GetProperty("grants")[0].GetProperty("recipient").GetString());
        using var revoked = JsonDocument.Parse(lines[2].Data);
        Assert.Equal(_friend.Account.ToString(), revoked.RootElement.GetProperty("recipients")[0].GetString());
    }

    /// <summary>What clients read of the account's events to know which files there are: docs/protocol.md.</summary>
    [Fact]
    public async Task GetHistory_Account_NamesItsFilesAndSignIns()
    {
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, _receipt.File));
        Expect.Value(await _owner.Grain.RestoreFile(_owner.Session, _receipt.File));
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _receipt.File));

        var lines = Expect.Value(await _owner.Grain.GetHistory(_owner.Session, null, 100)).Lines;

        await AssertStoredAsync("users", _owner.Account.ToString(), lines);
        Assert.Equal("a laptop", Data(lines, "user.session-started.v1").GetProperty("device").GetString());
        var reserved = Data(lines, "user.sends-reserved.v1").GetProperty("reserved")[0];
        var sent = Data(lines, "user.sends-committed.v1").GetProperty("sends")[0];
        Assert.Equal(_send.Upload.ToString(), reserved.GetProperty("upload").GetString());
        Assert.Equal(_send.Upload.ToString(), sent.GetProperty("upload").GetString());
        Assert.Equal(1, sent.GetProperty("version").GetInt32());
        Assert.All(
            [reserved, Data(lines, "user.file-trashed.v1"), Data(lines, "user.file-restored.v1"), Data(lines, "user.file-removed.v1")],
            data => Assert.Equal(_receipt.File.ToString(), data.GetProperty("file").GetString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task GetHistory_InPages_IsTheSameHistory(int limit)
    {
        var whole = Expect.Value(await _owner.Grain.GetHistory(_owner.Session, null, 100));
        Assert.Null(whole.Next);

        var lines = new List<HistoryLine>();
        for (string? next = null; ;)
        {
            var page = Expect.Value(await _owner.Grain.GetHistory(_owner.Session, next, limit));
            Assert.InRange(page.Lines.Count, 0, limit);
            lines.AddRange(page.Lines);
            if ((next = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(whole.Lines.Select(Text), lines.Select(Text));
    }

    [Fact]
    public async Task GetHistory_AfterForgetting_IsTheSame()
    {
        var before = Expect.Value(await vault.File(_receipt.File).GetHistory(_owner.Caller, null, 100));
        await vault.ForgetAsync(vault.File(_receipt.File));
        var after = Expect.Value(await vault.File(_receipt.File).GetHistory(_owner.Caller, null, 100));
        Assert.Equal(before.Lines.Select(Text), after.Lines.Select(Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.100")] // a place that the stream does not have
    [InlineData("-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.100")]
    [InlineData("1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.99999999999999999999")]
    public async Task GetHistory_PlaceThatThereIsNot_IsInvalid(string after)
    {
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.GetHistory(_owner.Session, after, 10));
        Expect.Refused(ErrorCode.InvalidRequest, await vault.File(_receipt.File).GetHistory(_owner.Caller, after, 10));
    }

    [Fact]
    public async Task GetHistory_PlaceInAnotherStream_IsInvalid()
    {
        var next = Expect.Value(await _owner.Grain.GetHistory(_owner.Session, null, 1)).Next;
        Assert.NotNull(next);
        Expect.Refused(ErrorCode.InvalidRequest, await _friend.Grain.GetHistory(_friend.Session, next, 10));
        Expect.Refused(ErrorCode.InvalidRequest, await vault.File(_receipt.File).GetHistory(_owner.Caller, next, 10));
    }

    [Fact]
    public async Task GetHistory_FileOfSomebodyElse_IsNotThere()
    {
        var nobodys = Expect.Refused(ErrorCode.NotFound, await vault.File(FileId.New()).GetHistory(_friend.Caller, null, 10));
        Assert.Equal(nobodys, Expect.Refused(ErrorCode.NotFound, await vault.File(_receipt.File).GetHistory(_friend.Caller, null, 10)));

        // Who was given the file is not told who else has it.
        await new TestShare(_owner, _receipt.File).GrantAsync(_friend);
        Expect.Refused(ErrorCode.NotFound, await vault.File(_receipt.File).GetHistory(_friend.Caller, null, 10));
    }

    [Fact]
    public async Task GetHistory_SessionEndedOrAccessKey_IsRefused()
    {
        var key = await new TestAccessKey(vault, _owner, AccessScope.SendOnly).AddAsync();
        Expect.Refused(ErrorCode.NotPermitted, await _owner.Grain.GetHistory(key.Key, null, 10));
        Expect.Refused(ErrorCode.NotPermitted, await vault.File(_receipt.File).GetHistory(key.Caller, null, 10)); // headers are in it
        Expect.Refused(ErrorCode.NotAuthenticated, await _owner.Grain.GetHistory(_friend.Session, null, 10));

        Expect.Value(await _owner.Grain.EndSession(_owner.Session));

        Expect.Refused(ErrorCode.NotAuthenticated, await _owner.Grain.GetHistory(_owner.Session, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await vault.File(_receipt.File).GetHistory(_owner.Caller, null, 10));
    }

    private static JsonElement Data(IReadOnlyList<HistoryLine> lines, string type)
    {
        using var parsed = JsonDocument.Parse(lines.First(line => line.Type == type).Data);
        return parsed.RootElement.Clone();
    }

    private static string Text(HistoryLine line) => $"{line.Version} {line.Time:O} {line.Type} {Encoding.UTF8.GetString(line.Data)}";

    // The client's own computation of the chain gives the hashes that are stored.
    private async Task AssertStoredAsync(string category, string id, IReadOnlyList<HistoryLine> lines)
    {
        var (at, hash) = (0, new byte[SHA256.HashSizeInBytes]);
        await foreach (var stored in vault.Log.ReadAsync(StreamName.Create(category, id), StreamHead.Empty, default))
        {
            hash = lines[at].Hash(hash);
            Assert.Equal((stored.Version, stored.Type), (lines[at].Version, lines[at].Type));
            Assert.Equal(stored.Hash.ToString(), Convert.ToHexStringLower(hash));
            at++;
        }

        Assert.Equal(lines.Count, at);
    }
}
