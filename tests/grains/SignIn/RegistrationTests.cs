using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.SignIn;

public sealed class RegistrationTests(TestVault vault) : IClassFixture<TestVault>
{
    [Fact]
    public async Task FinishRegistration_FreeAddress_MakesAnAccountWithItsProfile()
    {
        var person = await new TestPerson(vault).RegisterAsync();

        var profile = Expect.Value(await person.Grain.GetProfile());
        Assert.Equal(person.Email, profile.Verify()!.Email);
        Assert.Equal(["user.registered.v1"], await vault.EventsAsync("users", person.Account.ToString()));
    }

    [Fact]
    public async Task FinishRegistration_SentAgain_GivesTheSameAnswerAndOneEvent()
    {
        var person = new TestPerson(vault);
        var request = await person.PrepareRegistrationAsync();
        var first = Expect.Value(await vault.SignIn.FinishRegistration(request, person.Origin));
        var second = Expect.Value(await vault.SignIn.FinishRegistration(request, person.Origin));

        Assert.Equal(first, second);
        Assert.Single(await vault.EventsAsync("users", first.Account!.Value.ToString()));
    }

    [Fact]
    public async Task FinishRegistration_TakenAddress_IsAConflictHoweverItIsTyped()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var other = new TestPerson(vault, " " + person.Email.ToUpperInvariant());
        var request = await other.PrepareRegistrationAsync();
        request = request with { Profile = other.Profile(person.Email) };

        Expect.Refused(ErrorCode.Conflict, await vault.SignIn.FinishRegistration(request, other.Origin));
    }

    [Fact]
    public async Task FinishRegistration_WhatIsNotThisPersons_IsRefusedAndClaimsNothing()
    {
        var person = new TestPerson(vault);
        var request = await person.PrepareRegistrationAsync();
        var forged = person.Profile(seed: new byte[32]);
        var anothers = person.Profile("somebody.else@example.org");
        RegistrationFinishRequest[] wrong =
        [
            request with { Profile = forged },
            request with { Profile = anothers },
            request with { Profile = request.Profile with { Signature = [1, 2, 3] } },
            request with { RegistrationRecord = new byte[192] },
            request with { RegistrationRecord = request.RegistrationRecord[1..] },
            request with { SealedKeyRing = [] },
            request with { RecoverySealedKeyRing = new byte[65 * 1024] },
            request with { Email = "no address" },
        ];
        foreach (var bad in wrong)
        {
            Expect.Refused(ErrorCode.InvalidRequest, await vault.SignIn.FinishRegistration(bad, person.Origin));
        }

        Expect.Value(await vault.SignIn.FinishRegistration(request, person.Origin));
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task FinishRegistration_StorageFails_SucceedsWhenSentAgain(Fault fault)
    {
        var person = new TestPerson(vault);
        var request = await person.PrepareRegistrationAsync();
        vault.Log.FailNext("user.registered.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => vault.SignIn.FinishRegistration(request, person.Origin));

        var account = Expect.Value(await vault.SignIn.FinishRegistration(request, person.Origin)).Account;
        Assert.Single(await vault.EventsAsync("users", account!.Value.ToString()));
        await person.LoginAsync();
    }

    [Fact]
    public async Task StartRegistration_MalformedRequest_IsRefused()
    {
        var person = new TestPerson(vault);
        Expect.Refused(ErrorCode.InvalidRequest, await vault.SignIn.StartRegistration(
            new RegistrationStartRequest(person.Email, new byte[32]), person.Origin));
        Expect.Refused(ErrorCode.InvalidRequest, await vault.SignIn.StartRegistration(
            new RegistrationStartRequest("nobody", new byte[32]), person.Origin));
    }
}
