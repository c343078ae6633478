using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Registration;

/// <summary>A vault that wants addresses confirmed; mail is written to its pickup folder.</summary>
public sealed class ConfirmingVault() : TestVault(services => services.Configure<RegistrationOptions>(
    options => options.Confirmation = AddressConfirmation.Required));

/// <summary>Registrations that end with "look in your mail": for a free and a taken address alike.</summary>
public sealed class ConfirmationTests(ConfirmingVault vault) : IClassFixture<ConfirmingVault>
{
    private readonly TestVault _vault = vault;

    [Fact]
    public async Task Register_FreeAddress_IsAnAccountOnceTheMailedCodeCameBack()
    {
        var person = new TestPerson(_vault);
        Assert.Null((await AskAsync(person)).Account);
        var mail = await MailAsync(person.Email, 1);
        Assert.Contains("Confirm-VaultAccount -Server 'your-server#vaultserver1test'", mail.TextBody, StringComparison.Ordinal);
        await AssertUnknownAsync(person);

        Expect.Value(await ConfirmAsync(person, CodeIn(mail).ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal)));
        await person.LoginAsync();
        Expect.Value(await ConfirmAsync(person, CodeIn(mail))); // an answer that was lost
        await _vault.ForgetAsync(person.Grain);
        await person.LoginAsync();
    }

    [Fact]
    public async Task Register_TakenAddress_IsAnsweredAlikeAndItsOwnerIsTold()
    {
        var owner = await ConfirmedAsync();
        var stranger = new TestPerson(_vault, owner.Email, "another password");
        var free = new TestPerson(_vault);
        Assert.Equal(await AskAsync(free), await AskAsync(stranger));

        var notice = await MailAsync(owner.Email, 2);
        Assert.Contains("There is one already", notice.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("-Code", notice.TextBody, StringComparison.Ordinal);
        await owner.LoginAsync();
        await Assert.ThrowsAsync<Vault.Cryptography.CryptographyException>(() => stranger.PrepareLoginAsync());
        Assert.Equal(
            Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(stranger, "AAAA-BBBB-CCCC")),
            Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(new TestPerson(_vault), "AAAA-BBBB-CCCC")));
    }

    [Fact]
    public async Task Register_SomebodyElseFirst_TheOwnersCodeMakesTheOwnersAccount()
    {
        var squatter = new TestPerson(_vault, password: "of the squatter");
        await AskAsync(squatter);
        var first = await MailAsync(squatter.Email, 1);
        var owner = new TestPerson(_vault, squatter.Email);
        await AskAsync(owner);
        var mails = await MailsAsync(owner.Email, 2);
        var second = mails.Single(mail => mail.MessageId != first.MessageId);

        Expect.Value(await ConfirmAsync(owner, CodeIn(second)));
        await owner.LoginAsync();
        Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(squatter, CodeIn(first)));
    }

    [Fact]
    public async Task Confirm_WrongForeignOrLateCode_IsRefused()
    {
        var (person, other) = (new TestPerson(_vault), new TestPerson(_vault));
        await AskAsync(person);
        await AskAsync(other);
        var code = CodeIn(await MailAsync(person.Email, 1));
        Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(person, CodeIn(await MailAsync(other.Email, 1))));
        Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(person, "AAAA-BBBB-CCCC"));
        Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(person, "123456"));
        Expect.Refused(ErrorCode.InvalidRequest, await ConfirmAsync(person, ""));
        _vault.Time.Advance(TimeSpan.FromHours(24));
        Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(person, code));
        await AssertUnknownAsync(person);
    }

    [Fact]
    public async Task Confirm_ManyWrongCodes_HaveToWaitForKnownAndUnknownAddressesAlike()
    {
        var (asked, unknown) = (new TestPerson(_vault), new TestPerson(_vault));
        await AskAsync(asked);
        await MailAsync(asked.Email, 1);
        foreach (var person in new[] { asked, unknown })
        {
            for (var i = 0; i < 5; i++)
            {
                Expect.Refused(ErrorCode.CodeInvalid, await ConfirmAsync(person, "AAAA-BBBB-CCCC"));
            }

            Assert.Equal(60, Expect.Refused(ErrorCode.TooManyRequests, await ConfirmAsync(person, "AAAA-BBBB-CCCC")).RetryAfterSeconds);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Register_ManyTimes_MailsThreeAndThenHasToWait(bool taken)
    {
        var person = taken ? await ConfirmedAsync() : new TestPerson(_vault);
        var request = await person.PrepareRegistrationAsync();
        var answers = new List<Problem?>();
        for (var i = taken ? 1 : 0; i < 4; i++)
        {
            answers.Add((await _vault.SignIn.FinishRegistration(request, person.Origin)).Problem);
        }

        Assert.All(answers.SkipLast(1), Assert.Null);
        Assert.Equal((ErrorCode.TooManyRequests, 1200), (answers[^1]!.Code, answers[^1]!.RetryAfterSeconds)); // refused: see above
        await MailsAsync(person.Email, 3);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task Confirm_AppendFails_IsDoneOnceWhenSentAgain(Fault fault)
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        var code = CodeIn(await MailAsync(person.Email, 1));
        _vault.Log.FailNext("user.registration-confirmed.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => ConfirmAsync(person, code));
        Expect.Value(await ConfirmAsync(person, code));
        await person.LoginAsync();
        Assert.Single(await _vault.EventsAsync("users", person.Account.ToString()), "user.registration-confirmed.v1");
    }

    [Fact]
    public async Task Store_AskedRegistration_HoldsNoCode()
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        var code = CodeIn(await MailAsync(person.Email, 1));
        Directory.Delete(_vault.Pickup, recursive: true);
        Assert.False(_vault.HasBlob(System.Text.Encoding.ASCII.GetBytes(code)));
        Assert.False(_vault.HasBlob(System.Text.Encoding.ASCII.GetBytes(code.Replace("-", "", StringComparison.Ordinal))));
    }

    private static string CodeIn(MimeMessage mail) => mail.TextBody!.Split("-Code ")[1].Split()[0]; // every mail has one

    private async Task<TestPerson> ConfirmedAsync()
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        Expect.Value(await ConfirmAsync(person, CodeIn(await MailAsync(person.Email, 1))));
        return await person.LoginAsync();
    }

    private async Task<RegistrationFinishReply> AskAsync(TestPerson person) =>
        Expect.Value(await _vault.SignIn.FinishRegistration(await person.PrepareRegistrationAsync(), person.Origin));

    private Task<Outcome<Done>> ConfirmAsync(TestPerson person, string code) =>
        _vault.SignIn.ConfirmAddress(new ConfirmAddressRequest(person.Email, code));

    // A login is answered as for any unknown address, though the password is the one that was registered.
    private static async Task AssertUnknownAsync(TestPerson person) =>
        await Assert.ThrowsAsync<Vault.Cryptography.CryptographyException>(() => person.PrepareLoginAsync());

    private async Task<MimeMessage> MailAsync(string email, int count) => (await MailsAsync(email, count))[^1];

    /// <summary>The mails to an address, the oldest first, once there are so many.</summary>
    private async Task<IReadOnlyList<MimeMessage>> MailsAsync(string email, int count)
    {
        IReadOnlyList<MimeMessage> mails = [];
        await Mail.Until.HoldsAsync(
            async () =>
            {
                var all = new List<MimeMessage>();
                foreach (var file in Directory.Exists(_vault.Pickup) ? new DirectoryInfo(_vault.Pickup).GetFiles("*.eml") : [])
                {
                    all.Add(await MimeMessage.LoadAsync(file.FullName));
                }

                mails = [.. all.Where(mail => mail.To.Mailboxes.Single().Address == email)];
                mails = [.. mails.OrderBy(mail => mail.TextBody!.Contains("already", StringComparison.Ordinal))]; // as above
                return mails.Count >= count;
            },
            "The mail did not come.");
        Assert.Equal(count, mails.Count);
        return mails;
    }
}
