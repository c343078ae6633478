using Vault.Client.Tests.LyingServer;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Shares;

/// <summary>A person whose profile is signed and of no use, as a client of that person's own making could have published it: whoever has shares
/// with such a person must not be kept from anything else.</summary>
public sealed class UselessProfileTests(StoryFixture story) : SharedStory(story)
{
    private readonly Liar _liar = new();

    [Theory]
    [InlineData("recipient")]
    [InlineData("server")]
    public async Task List_OneOwnersProfileIsNone_HidesNothingOfOthers(string wrong)
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        var eves = await Eve.SendAsync(Vault.Write("eves", "eve's"u8), "eves", null, null, default);
        await Eve.GrantAsync(eves, [BobEmail], null, default);
        await using var bob = await DeceivedAsync(BobEmail);
        _liar.Alter(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage, page => page with
        {
            Owners = [.. page.Owners.Select(owner => owner.Account == Eve.Account ? owner with { Profile = Useless(Eve, wrong) } : owner)],
        });

        var received = await ReceivedAsync(bob);

        Assert.Equal(file.Id, Assert.Single(received, share => share.Error is null).Id);
        Assert.Equal(VaultErrorCode.IntegrityFailed, Assert.Single(received, share => share.Id == eves.Id).Error!.Code); // the one without
        await Eve.RemoveAsync(eves, default);
    }

    [Theory]
    [InlineData("recipient")]
    [InlineData("server")]
    public async Task Owner_OneRecipientsProfileIsNone_SendsOnAndTakesTheFileBack(string wrong)
    {
        var (file, _) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        await using var ada = await DeceivedAsync(AdaEmail);
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply => reply with
        {
            Shares = [.. reply.Shares.Select(share => share.Recipient == Eve.Account ? share with { Profile = Useless(Eve, wrong) } : share)],
        });

        var shares = await ada.ListSharesAsync(file, default);
        Assert.Equal([true, false], shares.OrderBy(share => share.Account == Eve.Account).Select(share => share.IsReadable));
        var next = await ada.SendAsync(Vault.Write("next", [1, 2, 3]), file.Name, null, null, default);
        Assert.Equal(Eve.Account, Assert.Single(next.Lost).Account);
        Assert.Equal(2, (await OnlyReceivedAsync(Bob)).Version);
        await ada.TrashAsync(next, default);
    }

    private static SignedProfile Useless(VaultSession person, string wrong)
    {
        Assert.True(EmailAddress.TryParse(person.Email, out var email));
        var profile = person.Me.Ring.CreateProfile(email, person.ServerKey).Verify()!; // just made
        return SignedProfile.Sign(
            wrong == "server" ? profile with { ServerKey = "vaultserver1nothing" } : profile with { Recipient = "age1pq1nothing" },
            person.Me.Ring.SigningSeed.Span);
    }

    private async Task<VaultSession> DeceivedAsync(string email)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(Vault.Address, email, password, Vault.Options with { Intercept = _liar.Intercept }, default);
    }
}
