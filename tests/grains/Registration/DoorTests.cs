using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Registration;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Tests.Registration;

/// <summary>A vault that takes accounts of two domains, and others by invitation.</summary>
public sealed class ClosedVault() : TestVault(services => services.Configure<RegistrationOptions>(options =>
    (options.Mode, options.Domains) = (RegistrationMode.Domains, "example.com, bücher.example")));

/// <summary>Who may register.</summary>
public sealed class DoorTests(ClosedVault vault) : IClassFixture<ClosedVault>
{
    private readonly TestVault _vault = vault;

    [Theory]
    [InlineData("@example.com", true)]
    [InlineData("@EXAMPLE.COM", true)]
    [InlineData("@xn--bcher-kva.example", true)]
    [InlineData("@example.org", false)]
    [InlineData("@sub.example.com", false)]
    [InlineData("@notexample.com", false)]
    [InlineData("@example.com.evil.example", false)]
    public async Task Register_ByDomain_IsTakenOrRefused(string domain, bool taken)
    {
        var person = new TestPerson(_vault, $"{Guid.NewGuid():N}{domain}".ToLowerInvariant());
        var outcome = await _vault.SignIn.FinishRegistration(await person.PrepareRegistrationAsync(), person.Origin);
        Assert.Equal(taken, outcome.Problem is null);
        if (!taken)
        {
            Expect.Refused(ErrorCode.NotPermitted, outcome);
        }
    }

    [Fact]
    public async Task Register_TakenAddressOfAnotherDomain_IsRefusedAsAFreeOne()
    {
        var (taken, free) = (new TestPerson(_vault), new TestPerson(_vault));
        Expect.Value(await RegisterAsync(taken, New()));
        Assert.Equal(
            Expect.Refused(ErrorCode.NotPermitted, await RegisterAsync(taken, null)),
            Expect.Refused(ErrorCode.NotPermitted, await RegisterAsync(free, null)));
    }

    [Fact]
    public async Task Register_WithAnInvitation_IsTakenOnceAndForOneAddress()
    {
        var (person, other) = (new TestPerson(_vault), new TestPerson(_vault));
        var invitation = New();
        var request = await person.PrepareRegistrationAsync() with { Invitation = $" {invitation} " };
        var first = Expect.Value(await _vault.SignIn.FinishRegistration(request, person.Origin));
        Assert.Equal(first, Expect.Value(await _vault.SignIn.FinishRegistration(request, person.Origin)));
        Expect.Refused(ErrorCode.CodeInvalid, await RegisterAsync(other, invitation));
        Expect.Value(await RegisterAsync(other, New()));
        Assert.False(_vault.HasBlob(System.Text.Encoding.ASCII.GetBytes(invitation)));
    }

    [Fact]
    public async Task Register_TwoAtOnceWithOneInvitation_OneIsTaken()
    {
        var invitation = New();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RegisterAsync(new TestPerson(_vault), invitation)));
        Assert.Single(outcomes, outcome => outcome.Problem is null);
        Assert.All(outcomes.Where(outcome => outcome.Problem is not null), outcome => Expect.Refused(ErrorCode.CodeInvalid, outcome));
    }

    [Fact]
    public async Task Register_ExpiredOrForgedInvitation_IsRefused()
    {
        var expired = New();
        _vault.Time.Advance(TimeSpan.FromDays(7));
        using var keys = SiloKeys.Generate();
        var good = New();
        foreach (var bad in new[]
        {
            expired, Invitations.New(keys, _vault.Time.GetUtcNow().AddDays(1)), "", "vaultinvite1", good[..^1], good + "q",
            good[..20] + (good[20] == 'q' ? 'p' : 'q') + good[21..], good.ToUpperInvariant(),
        })
        {
            Expect.Refused(ErrorCode.CodeInvalid, await RegisterAsync(new TestPerson(_vault), bad));
        }

        Expect.Value(await RegisterAsync(new TestPerson(_vault), good));
    }

    [Fact]
    public async Task Book_UsedRevokedAndExpired_AreNotListedAndRevokedIsNotTaken()
    {
        var book = new InvitationBook(
            _vault.Service<IServiceProvider>().GetRequiredKeyedService<Storage.IBlobStore>(BlobStores.Accounts), _vault.Keys);
        var now = _vault.Time.GetUtcNow();
        var (used, _) = await book.MakeAsync(now.AddDays(7), now, default);
        var (revoked, entry) = await book.MakeAsync(now.AddDays(7), now, default);
        var (_, expiring) = await book.MakeAsync(now.AddDays(1), now, default);
        var (kept, open) = await book.MakeAsync(now.AddDays(7), now, default);
        Assert.True((await book.ListAsync(now, default)).Count >= 4);
        Expect.Value(await RegisterAsync(new TestPerson(_vault), used));

        Assert.Equal(entry, await book.RevokeAsync(entry.Id[..8].ToUpperInvariant(), now, default));
        Assert.Null(await book.RevokeAsync(entry.Id[..8], now, default)); // it is none any more
        Assert.Null(await book.RevokeAsync(open.Id[..5], now, default)); // too short to name one
        Assert.Null(await book.RevokeAsync("", now, default));

        Expect.Refused(ErrorCode.CodeInvalid, await RegisterAsync(new TestPerson(_vault), revoked));
        var later = now.AddDays(2);
        Assert.DoesNotContain(await book.ListAsync(later, default), one => one.Id == expiring.Id || one.Id == entry.Id);
        Assert.Contains(open, await book.ListAsync(later, default));
        await book.MakeAsync(later.AddDays(7), later, default);
        Assert.DoesNotContain(_vault.StoredFiles(), file => file.EndsWith(expiring.Id, StringComparison.Ordinal)); // cleared away
        Expect.Value(await RegisterAsync(new TestPerson(_vault), kept));
    }

    [Theory]
    [InlineData(RegistrationMode.Open, "", true)]
    [InlineData(RegistrationMode.Invitation, "", true)]
    [InlineData(RegistrationMode.Domains, "example.org,example.com", true)]
    [InlineData(RegistrationMode.Domains, "", false)]
    [InlineData(RegistrationMode.Domains, "no domain", false)]
    [InlineData(RegistrationMode.Open, "example.org", false)]
    [InlineData((RegistrationMode)9, "", false)]
    public void Options_ModeAndDomains_AreChecked(RegistrationMode mode, string domains, bool valid) =>
        Assert.Equal(valid, new RegistrationOptions { Mode = mode, Domains = domains }.IsValid());

    [Theory]
    [InlineData(AddressConfirmation.Auto, null, false)]
    [InlineData(AddressConfirmation.Auto, "mail.example.org", true)]
    [InlineData(AddressConfirmation.Off, "mail.example.org", false)]
    [InlineData(AddressConfirmation.Required, null, true)]
    public void NeedsConfirmation_ByOptionAndMail_IsDecided(AddressConfirmation confirmation, string? host, bool needed) =>
        Assert.Equal(needed, new RegistrationOptions { Confirmation = confirmation }.NeedsConfirmation(new MailOptions { Host = host }));

    private string New() => Invitations.New(_vault.Keys, _vault.Time.GetUtcNow().AddDays(7));

    private async Task<Vault.Grains.Interfaces.Outcome<RegistrationFinishReply>> RegisterAsync(TestPerson person, string? invitation) =>
        await _vault.SignIn.FinishRegistration(
            await person.PrepareRegistrationAsync() with { Invitation = invitation }, person.Origin);
}
