using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.Pending;
using Vault.Grains.SignIn;
using Vault.Grains.Tests.Mail;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Storage;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.Registration;

/// <summary>Registrations whose code did not come back in time: nothing is kept of them.</summary>
public sealed class UnconfirmedTests(ConfirmingVault vault) : IClassFixture<ConfirmingVault>
{
    // More than forgetting one takes; the test fails where it is not.
    private const int ManyWrites = 40;

    private readonly TestVault _vault = vault;

    [Fact]
    public async Task Sweep_NobodyConfirmedInTime_LeavesNothingAndTheAddressIsFree()
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        var account = await AccountAsync(person);
        await _vault.User(account).Sweep();
        Assert.NotEmpty(await EventsAsync(account)); // there is time yet
        _vault.Time.Advance(TimeSpan.FromHours(24));

        await _vault.User(account).Sweep();

        await ForgottenAsync(account);
        Assert.Empty(StoreSearch.Find(_vault.StoredFiles(), person.Email));
        Assert.Empty(StoreSearch.Find(_vault.StoredFiles(), person.Ring));
        _vault.Time.Advance(TimeSpan.FromHours(1));
        await _vault.Service<PendingWork>().FinishAllAsync(default);
        Assert.Empty(StoreSearch.Find(_vault.StoredFiles(), account.ToString())); // no tombstone either

        Expect.Value(await ConfirmAsync(person, await AskAsync(person)));
        await person.LoginAsync();
        Assert.NotEqual(account, person.Account);
    }

    [Fact]
    public async Task Sweep_OneOfTwoHasExpired_KeepsTheOtherAndItsCodeAndThenForgetsTheLosersKeys()
    {
        var late = new TestPerson(_vault);
        await AskAsync(late);
        var owner = new TestPerson(_vault, late.Email, "of the owner");
        _vault.Time.Advance(TimeSpan.FromHours(12));
        var code = await AskAsync(owner);
        _vault.Time.Advance(TimeSpan.FromHours(13));

        await _vault.User(await AccountAsync(owner)).Sweep();
        Assert.True(_vault.HasBlob(late.Ring));
        Expect.Value(await ConfirmAsync(owner, code));

        await owner.LoginAsync();
        Assert.False(_vault.HasBlob(late.Ring));
        Assert.True(_vault.HasBlob(owner.Ring));
    }

    [Fact]
    public async Task Confirm_ProcessDiesBehindIt_TheLosersKeysGoWithTheNextSweep()
    {
        var loser = new TestPerson(_vault);
        await AskAsync(loser);
        var owner = new TestPerson(_vault, loser.Email, "of the owner");
        var code = await AskAsync(owner);
        _vault.Crash.ArmBehind("user.registration-confirmed.v1");

        Expect.Value(await ConfirmAsync(owner, code));

        Assert.True(_vault.HasBlob(loser.Ring));
        await _vault.RestartAsync();
        await owner.LoginAsync();
        await owner.Grain.Sweep();
        Assert.False(_vault.HasBlob(loser.Ring));
        await owner.LoginAsync();
    }

    [Fact]
    public async Task Sweep_CutOffBeforeEachWrite_IsFinishedAfterARestart()
    {
        var writes = 0;
        for (var isCut = true; isCut; writes++)
        {
            Assert.True(writes < ManyWrites, "Forgetting never ended.");
            var person = new TestPerson(_vault);
            await AskAsync(person);
            var account = await AccountAsync(person);
            _vault.Time.Advance(TimeSpan.FromHours(24));
            _vault.Crash.ArmIn(writes);
            try
            {
                await _vault.User(account).Sweep();
            }
            catch (StorageUnavailableException)
            {
                // The process died before the event.
            }

            await Until.HoldsAsync(
                async () => _vault.Crash.HasCrashed || (await EventsAsync(account)).Count == 0, "Nothing was forgotten, and no process killed.");
            isCut = _vault.Crash.HasCrashed;
            await _vault.RestartAsync();
            await _vault.User(account).Sweep();

            await ForgottenAsync(account);
            await _vault.Service<PendingWork>().FinishAllAsync(default); // the last look at those before, whose tombstones go
            Assert.Empty(StoreSearch.Find(_vault.StoredFiles(), person.Email));
            Assert.Empty(StoreSearch.Find(_vault.StoredFiles(), person.Ring));
            Assert.NotEqual(account, await AccountAsync(person));
        }

        Assert.True(writes > 5, $"Only {writes - 1} writes were cut off.");
    }

    [Fact]
    public async Task Sweep_RegisteredAnewAtTheSameTime_TheNewCodeMakesAnAccount()
    {
        for (var round = 0; round < 5; round++)
        {
            var person = new TestPerson(_vault);
            await AskAsync(person);
            var account = await AccountAsync(person);
            var again = await person.PrepareRegistrationAsync();
            _vault.Time.Advance(TimeSpan.FromHours(24));
            var sweep = _vault.User(account).Sweep();

            Expect.Value(await ConfirmAsync(person, await AskAsync(person, again)));

            await sweep;
            await person.LoginAsync();
            await _vault.User(account).Sweep();
            await person.LoginAsync();
        }
    }

    [Fact]
    public async Task Register_WhileTheOneBeforeIsGoing_BeginsAnotherAccount()
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        var account = await AccountAsync(person);
        var again = await person.PrepareRegistrationAsync();
        _vault.Time.Advance(TimeSpan.FromHours(24));
        _vault.Crash.ArmBehind("user.registrations-lapsed.v1");
        await _vault.User(account).Sweep(); // the address still leads there
        _vault.Crash.Disarm();

        Expect.Value(await ConfirmAsync(person, await AskAsync(person, again)));

        await person.LoginAsync();
        Assert.NotEqual(account, person.Account);
        await ForgottenAsync(account);
        await person.LoginAsync();
    }

    [Fact]
    public async Task Sweep_ActivationThatMissedANewerRegistration_DeletesNothing()
    {
        var person = new TestPerson(_vault);
        await AskAsync(person);
        var account = await AccountAsync(person);
        _vault.Time.Advance(TimeSpan.FromHours(24));

        var newer = await AskedAsync(account) with { Id = CommandId.New(), ExpiresAt = _vault.Time.GetUtcNow().AddDays(1) };
        await _vault.AppendElsewhereAsync(UserAggregate.Definition, account.ToString(), newer);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => _vault.User(account).Sweep());
        await _vault.User(account).Sweep();

        Assert.Equal("user.registration-asked.v1", (await EventsAsync(account))[^1]);
        Assert.Equal(account, await AccountAsync(person));
        Assert.True(_vault.HasBlob(person.Ring));
    }

    [Fact]
    public async Task Sweep_ActivationThatMissedNewKeys_KeepsThem()
    {
        var person = new TestPerson(_vault);
        Expect.Value(await ConfirmAsync(person, await AskAsync(person)));
        await person.LoginAsync();
        await _vault.ForgetAsync(person.Grain);
        Expect.Value(await person.Grain.GetSession(person.Session)); // in memory anew
        var ring = RandomNumberGenerator.GetBytes(200);
        await _vault.Service<AccountBlobs>().PutAsync(person.Account, AccountBlob.RecoveryRing, 2, ring);
        var registered = (await AskedAsync(person.Account)).Registration;
        var keys = new AccountKeys(1, registered.RecordHash, registered.RingHash, 2, SHA256.HashData(ring));
        await _vault.AppendElsewhereAsync(
            UserAggregate.Definition, person.Account.ToString(), new RecoveryKeyReplaced(keys, _vault.Time.GetUtcNow()));

        await Assert.ThrowsAsync<StorageUnavailableException>(() => person.Grain.Sweep());

        Assert.True(_vault.HasBlob(ring));
        await person.Grain.Sweep();
        Assert.True(_vault.HasBlob(ring));
    }

    /// <summary>The registration that was asked for last, as it is stored.</summary>
    private async Task<RegistrationAsked> AskedAsync(AccountId account)
    {
        RegistrationAsked? asked = null;
        await foreach (var stored in _vault.Log.ReadAsync(StreamName.Create("users", account.ToString()), StreamHead.Empty, default))
        {
            asked = UserAggregate.Definition.Events.Read(stored) as RegistrationAsked ?? asked;
        }

        Assert.NotNull(asked);
        return asked;
    }

    /// <summary>Registers, and waits for the mail with the code.</summary>
    private async Task<string> AskAsync(TestPerson person, RegistrationFinishRequest? prepared = null)
    {
        var mailbox = new Mailbox(_vault.Pickup);
        var before = mailbox.To(person.Email);
        Expect.Value(await _vault.SignIn.FinishRegistration(prepared ?? await person.PrepareRegistrationAsync(), person.Origin));
        return await mailbox.NewCodeAsync(person.Email, before);
    }

    private Task<Outcome<Done>> ConfirmAsync(TestPerson person, string code) =>
        _vault.SignIn.ConfirmAddress(new ConfirmAddressRequest(person.Email, code));

    private async Task<AccountId> AccountAsync(TestPerson person)
    {
        Assert.True(EmailAddress.TryParse(person.Email, out var address));
        return await _vault.Service<AddressBook>().ResolveAsync(address);
    }

    private Task<IReadOnlyList<string>> EventsAsync(AccountId account) => _vault.EventsAsync("users", account.ToString());

    private Task ForgottenAsync(AccountId account) =>
        Until.HoldsAsync(async () => (await EventsAsync(account)).Count == 0, "The registration was not forgotten.");
}
