using Vault.Client.Tests.LyingServer;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Shares;

/// <summary>Shares are taken back whatever breaks off in between: the same command again does what is left.</summary>
public sealed class RevokeTests(StoryFixture story) : SharedStory(story)
{
    private readonly Liar _liar = new();

    [Fact]
    public async Task RevokeAndRekey_PasswordForgotten_ChangesNothing()
    {
        using var password = new SecretBytes("open sesame please"u8);
        var (file, content) = await SendAsync(options: new SendOptions { Password = password, WorkFactor = 12 });
        await GiveAsync(file, BobEmail, new GrantOptions { Password = password });

        await RefusedAsync(VaultErrorCode.WrongFilePassword, () => Ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default));
        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));

        Assert.Equal(2, (await Ada.RevokeAndRekeyAsync(file, BobEmail, password, null, default)).Version);
        Assert.Empty(await ReceivedAsync(Bob));
    }

    [Fact]
    public async Task RevokeAndRekey_BrokenOffAfterTheRevocation_AgainStoresUnderANewKey()
    {
        var (file, content) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        await using var ada = await BehindAsync();
        _liar.Answer(Routes.Sends, _ => Replies.Problem(ErrorCode.QuotaExceeded));
        await RefusedAsync(VaultErrorCode.QuotaExceeded, () => ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default));
        Assert.Empty(await ReceivedAsync(Bob));

        _liar.BeHonest();
        var rekeyed = await ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default);

        Assert.Equal(2, rekeyed.Version);
        Assert.Empty(rekeyed.Lost);
        await RefusedAsync(VaultErrorCode.NotFound, () => ada.GetVersionAsync(file.Id, 1, default));
        Assert.Equal(content, await FetchAsync(Eve, await OnlyReceivedAsync(Eve)));
        Assert.Equal(3, (await ada.RevokeAndRekeyAsync(rekeyed, $"{Bob.Account}", null, null, default)).Version);
    }

    [Fact]
    public async Task RevokeAndRekey_OfSomebodyWhoNeverHadTheFile_IsRefused()
    {
        var (file, _) = await SendAsync();
        var (other, _) = await SendAsync("other");
        await GiveAsync(file, BobEmail);
        await GiveAsync(other, EveEmail);
        await Ada.RevokeAsync(other, EveEmail, default);

        await RefusedAsync(VaultErrorCode.NotFound, () => Ada.RevokeAndRekeyAsync(file, EveEmail, null, null, default));
        await RefusedAsync(VaultErrorCode.NotFound, () => Ada.RevokeAndRekeyAsync(file, "bbo@example.org", null, null, default));

        Assert.Equal(1, (await Ada.GetNewestAsync(file.Id, default)).Version);
    }

    // What is stored anew is what was opened: a version that came meanwhile would be deleted with those before.
    [Theory]
    [InlineData(Routes.Sends)] // before the server says which version comes
    [InlineData("/commit")]
    public async Task RevokeAndRekey_AnotherVersionIsStoredMeanwhile_KeepsIt(string before)
    {
        var (file, _) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        byte[]? next = null;
        await using var ada = await BehindAsync();
        _liar.Meanwhile(before, async () => next ??= (await SendAsync()).Content);

        await RefusedAsync(VaultErrorCode.Conflict, () => ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default));

        Assert.Equal(next, await FetchAsync(Ada, await Ada.GetNewestAsync(file.Id, default)));
        Assert.Equal(3, (await ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default)).Version);
        Assert.Equal(next, await FetchAsync(Eve, await OnlyReceivedAsync(Eve)));
        await RefusedAsync(VaultErrorCode.NotFound, () => ada.GetVersionAsync(file.Id, 2, default));
    }

    // A server that shows an older grant to the same person must not have the newer one forgotten.
    [Fact]
    public async Task Revoke_OfAnOlderGrantThatTheServerShowsAgain_KeepsTheNewerOneTakenBack()
    {
        var (file, _) = await SendAsync();
        await GrantAsync(file, EveEmail, BobEmail);
        await using var ada = await BehindAsync();
        var shown = new List<FileSharesReply>();
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply =>
        {
            shown.Add(reply);
            return reply;
        });
        await ada.ListSharesAsync(file, default);
        await GiveAsync(file, BobEmail, new GrantOptions { Replace = true });
        await ada.ListSharesAsync(file, default);
        await ada.RevokeAsync(file, BobEmail, default);

        var (older, newer) = (shown[0], shown[1]);
        _liar.BeHonest();
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, _ => older);
        await ada.RevokeAsync(file, BobEmail, default);
        _liar.BeHonest();
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, _ => newer);

        await RefusedAsync(
            VaultErrorCode.IntegrityFailed, () => ada.SendAsync(Vault.Write("next", [1, 2, 3]), file.Name, null, null, default));
        Assert.Empty(await ReceivedAsync(Bob));
    }

    // Remembered by the owner and not done by the server: that must not keep the owner from it.
    [Theory]
    [InlineData("revoke")]
    [InlineData("rekey")]
    [InlineData("trash")]
    public async Task Revoke_ServerWasNotReached_AgainTakesItBack(string again)
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        await using var ada = await BehindAsync();
        _liar.Answer(Routes.FileShare(file.Id, Bob.Account), _ => Replies.Problem(ErrorCode.ServerBusy));
        await RefusedAsync(VaultErrorCode.ServerBusy, () => ada.RevokeAsync(file, BobEmail, default));
        Assert.Single(await ReceivedAsync(Bob));

        _liar.BeHonest();
        await (again switch
        {
            "revoke" => ada.RevokeAsync(file, BobEmail, default),
            "rekey" => ada.RevokeAndRekeyAsync(file, BobEmail, null, null, default),
            _ => ada.TrashAsync(file, default),
        });

        Assert.Empty(await ReceivedAsync(Bob));
    }

    [Fact]
    public async Task Trash_OfAFileThatSeveralHave_RemembersThemInOneChange()
    {
        var (file, _) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        await using var ada = await BehindAsync();
        await ada.ListContactsAsync(default);
        var changes = 0;
        _liar.OnSend(Routes.Contacts, body => changes += body.Length > 0 ? 1 : 0);
        FileSharesReply? shares = null;
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply => shares = reply);

        await ada.TrashAsync(file, default);

        Assert.Equal(1, changes);
        var isRevoked = await ada.Me.Contacts.RevokedAsync(default);
        Assert.Equal(2, shares!.Shares.Count); // read by the client
        Assert.All(shares.Shares, share => Assert.True(isRevoked(ada.Me.Ring.Signed(share.Grant.Verify)!))); // hers
        _liar.BeHonest();
        await ada.RemoveAsync(file, default);
    }

    private async Task<VaultSession> BehindAsync()
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(Vault.Address, AdaEmail, password, Vault.Options with { Intercept = _liar.Intercept }, default);
    }
}
