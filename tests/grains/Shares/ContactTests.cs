using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Shares;

public sealed class ContactTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _person = null!; // set by InitializeAsync

    public async Task InitializeAsync() => _person = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task FindProfile_KnownAddress_IsItsAccountAndProfile()
    {
        var other = await new TestPerson(vault).RegisterAsync();
        var found = Expect.Value(await FindAsync(_person, $" {other.Email.ToUpperInvariant()} "));

        Assert.Equal(other.Account, found.Account);
        Assert.Equal(other.Profile().Bytes, found.Profile.Bytes);
    }

    [Fact]
    public async Task FindProfile_NobodysAddress_IsNotFoundWhetherClaimedOrNot()
    {
        // Half a registration: the address is nobody's until the account is made.
        var half = new TestPerson(vault);
        await half.PrepareRegistrationAsync();
        var claimed = await FindAsync(_person, half.Email);

        Assert.Equal(claimed.Problem, (await FindAsync(_person, $"{Guid.NewGuid():N}@example.org")).Problem);
        Expect.Refused(ErrorCode.NotFound, claimed);
        Expect.Refused(ErrorCode.InvalidRequest, await FindAsync(_person, "no address"));
    }

    [Fact]
    public async Task FindProfile_TooMany_HasToWaitWhateverTheAddressAndTheSession()
    {
        await using var strict = await TestVault.StartAsync(
            services => services.Configure<LookupLimits>(limits => limits.Capacity = 2));
        var person = await (await new TestPerson(strict).RegisterAsync()).LoginAsync();
        Expect.Value(await FindAsync(person, person.Email));
        Expect.Refused(ErrorCode.NotFound, await FindAsync(person, "nobody@example.org"));
        person.Connect();
        await person.LoginAsync();

        var problem = Expect.Refused(ErrorCode.TooManyRequests, await FindAsync(person, person.Email));
        Assert.Equal(3, problem.RetryAfterSeconds);
        Expect.Refused(ErrorCode.TooManyRequests, await FindAsync(person, "nobody@example.org"));
        strict.Time.Advance(TimeSpan.FromSeconds(3));
        Expect.Value(await FindAsync(person, person.Email));
    }

    [Fact]
    public async Task Contacts_StoredInTurn_AreKeptAndTheOlderOnesDeleted()
    {
        Assert.Equal(new ContactsReply(0, null), Expect.Value(await _person.Grain.GetContacts(_person.Session)));
        var (first, second) = (RandomNumberGenerator.GetBytes(1_000), RandomNumberGenerator.GetBytes(2_000));
        Assert.Equal(1, Expect.Value(await PutAsync(1, first)).Version);
        Assert.Equal(1, Expect.Value(await PutAsync(1, first)).Version);
        Assert.Equal(2, Expect.Value(await PutAsync(2, second)).Version);
        await vault.ForgetAsync(_person.Grain);

        var stored = Expect.Value(await _person.Grain.GetContacts(_person.Session));
        Assert.Equal(2, stored.Version);
        Assert.Equal(second, stored.Sealed);
        var blobs = new List<string>();
        await foreach (var blob in vault.Content.ListAsync(Storage.BlobName.Create(_person.Account.ToString()), default))
        {
            blobs.Add(blob.Name.Segments[^1]);
        }

        Assert.StartsWith("contacts-2-", Assert.Single(blobs, name => name.StartsWith("contacts", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutContacts_AnotherWasFirst_IsAConflict()
    {
        Expect.Value(await PutAsync(1, [1]));
        Expect.Refused(ErrorCode.Conflict, await PutAsync(1, [2]));
        Expect.Refused(ErrorCode.Conflict, await PutAsync(3, [2]));
        Expect.Refused(ErrorCode.InvalidRequest, await PutAsync(0, [2]));
        Expect.Refused(ErrorCode.InvalidRequest, await PutAsync(2, []));
        Expect.Refused(ErrorCode.InvalidRequest, await PutAsync(2, new byte[PutContactsRequest.MaxLength + 1]));
        Expect.Value(await PutAsync(2, new byte[PutContactsRequest.MaxLength]));

        Assert.Equal(2, Expect.Value(await _person.Grain.GetContacts(_person.Session)).Version);
    }

    private static Task<Outcome<ProfileReply>> FindAsync(TestPerson person, string email) =>
        person.Grain.FindProfile(person.Session, new FindProfileRequest(email));

    private Task<Outcome<ContactsReply>> PutAsync(int version, byte[] contents) =>
        _person.Grain.PutContacts(_person.Session, new PutContactsRequest(version, contents));
}
