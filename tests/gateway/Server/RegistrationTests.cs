using System.Net;
using System.Net.Http.Json;
using Vault.Protocol;
using Vault.Silo;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>Who may register, at the socket, for each of the operator's modes.</summary>
public sealed class RegistrationTests
{
    private static readonly string[] Confirming = ["--Vault:Registration:Confirmation", "Required"];

    [Fact]
    public async Task Open_Anybody_HasAnAccountAndNeedsNoInvitation()
    {
        await using var vault = await RunningVault.StartAsync();
        using var person = new TestPerson(vault);
        Assert.NotNull((await person.RegisterAsync("vaultinvite1nonsense")).Account); // not looked at
        await person.LoginAsync();
    }

    [Fact]
    public async Task Domains_OthersAreRefusedWhateverTheyBringButAnInvitation()
    {
        await using var vault = await RunningVault.StartAsync(
            null, "--Vault:Registration:Mode", "Domains", "--Vault:Registration:Domains", "example.com");
        using var member = new TestPerson(vault, "ada@example.com");
        Assert.NotNull((await member.RegisterAsync()).Account);
        foreach (var email in new[] { "ada@example.org", "ada@sub.example.com", "ada@example.com.evil.example" })
        {
            using var stranger = new TestPerson(vault, email);
            using var refused = await stranger.TryRegisterAsync();
            await refused.IsProblemAsync(ErrorCode.NotPermitted, 403);
            await IsNobodyAsync(stranger);
        }

        using var invited = new TestPerson(vault, "bob@example.org");
        Assert.NotNull((await invited.RegisterAsync(await InviteAsync(vault))).Account);
    }

    [Fact]
    public async Task Invitation_MissingWrongUsedRevokedOrExpired_IsRefused()
    {
        var time = new ShiftedTime();
        await using var vault = await RunningVault.StartAsync(time, "--Vault:Registration:Mode", "Invitation");
        using var first = new TestPerson(vault);
        using var other = new TestPerson(vault);
        using var none = await first.TryRegisterAsync();
        await none.IsProblemAsync(ErrorCode.NotPermitted, 403);

        var used = await InviteAsync(vault);
        Assert.NotNull((await first.RegisterAsync(used)).Account);
        var revoked = await InviteAsync(vault);
        var id = (await RunAsync(vault, "list")).Split('\n')[1].Split('\t')[0];
        await RunAsync(vault, "revoke", id);
        var flipped = revoked[..^1] + (revoked[^1] == 'q' ? 'p' : 'q');
        foreach (var bad in new[] { used, revoked, flipped, "vaultinvite1qqqq", "" })
        {
            using var refused = await other.TryRegisterAsync(bad);
            await refused.IsProblemAsync(ErrorCode.CodeInvalid, 400);
        }

        var old = await InviteAsync(vault);
        time.Shift = TimeSpan.FromDays(8);
        using var expired = await other.TryRegisterAsync(old);
        await expired.IsProblemAsync(ErrorCode.CodeInvalid, 400);
        await IsNobodyAsync(other);
    }

    [Fact]
    public async Task Unconfirmed_IsNobodyToLoginAndToWhoWantsToShareUntilTheCodeComesBack()
    {
        await using var vault = await RunningVault.StartAsync(null, Confirming);
        using var ada = new TestPerson(vault, "ada@example.org");
        Assert.Null((await ada.RegisterAsync()).Account);
        using var adaMail = await vault.Mail.NextAsync(ada.Email, "Confirm");
        using var confirmed = await ada.ConfirmAsync(Mailbox.CodeIn(adaMail.TextBody ?? ""));
        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
        await ada.LoginAsync();

        using var bob = new TestPerson(vault, "bob@example.org");
        Assert.Null((await bob.RegisterAsync()).Account);
        await IsNobodyAsync(bob);
        using var unknown = await FindAsync(ada, bob.Email);
        await unknown.IsProblemAsync(ErrorCode.NotFound, 404); // so there is nobody to give a file to
        using var mail = await vault.Mail.NextAsync(bob.Email, "Confirm");
        var code = Mailbox.CodeIn(mail.TextBody ?? "");
        using var foreign = await ada.ConfirmAsync(code);
        await foreign.IsProblemAsync(ErrorCode.CodeInvalid, 400);
        using var wrong = await bob.ConfirmAsync("0000-0000-0000");
        Assert.Equal(
            (await wrong.IsProblemAsync(ErrorCode.CodeInvalid, 400)).Detail, (await foreign.IsProblemAsync(ErrorCode.CodeInvalid)).Detail);

        using var right = await bob.ConfirmAsync(code);
        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        using var found = await FindAsync(ada, bob.Email);
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        await bob.LoginAsync();
    }

    [Fact]
    public async Task Confirming_FreeAndTakenAddresses_AreAnsweredAlike()
    {
        await using var vault = await RunningVault.StartAsync(null, Confirming);
        using var owner = new TestPerson(vault, "ada@example.org");
        await owner.RegisterAsync();
        using var mail = await vault.Mail.NextAsync(owner.Email, "Confirm");
        using var confirmed = await owner.ConfirmAsync(Mailbox.CodeIn(mail.TextBody ?? ""));

        using var guesser = new TestPerson(vault, owner.Email);
        using var stranger = new TestPerson(vault, "free@example.org");
        using var taken = await guesser.TryRegisterAsync();
        using var free = await stranger.TryRegisterAsync();
        Assert.Equal(await free.Content.ReadAsStringAsync(), await taken.Content.ReadAsStringAsync());
        Assert.Equal((free.StatusCode, free.Headers.ToString()), (taken.StatusCode, taken.Headers.ToString()));
        await owner.LoginAsync(); // with the password that it had
    }

    private static async Task IsNobodyAsync(TestPerson person)
    {
        var finish = new LoginFinishRequest(person.Email, new byte[64], "a laptop");
        using var login = await person.Http.PostAsJsonAsync(Routes.LoginFinish, finish, ProtocolJson.Default.LoginFinishRequest);
        await login.IsProblemAsync(ErrorCode.LoginFailed, 401);
        await Assert.ThrowsAsync<Cryptography.CryptographyException>(person.PrepareLoginAsync); // KE2 is the one that any unknown address gets
        using var session = await person.Http.GetAsync(Routes.Session);
        await session.IsProblemAsync(ErrorCode.NotAuthenticated, 401);
    }

    private static Task<HttpResponseMessage> FindAsync(TestPerson person, string email) => person.Http.PostAsJsonAsync(
        Routes.FindProfile, new FindProfileRequest(email), ProtocolJson.Default.FindProfileRequest);

    private static async Task<string> InviteAsync(RunningVault vault) => (await RunAsync(vault)).Split('\n')[0].Trim();

    private static async Task<string> RunAsync(RunningVault vault, params string[] words)
    {
        using var output = new StringWriter();
        await InviteCommand.RunAsync([.. words, "--data", vault.DataFolder], output);
        return output.ToString();
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
