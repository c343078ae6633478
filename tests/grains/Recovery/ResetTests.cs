using System.Diagnostics;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.Interfaces;
using Vault.Grains.Tests.Mail;
using Vault.Protocol;
using Vault.Storage;
using Vault.Tests.Server;

namespace Vault.Grains.Tests.Recovery;

/// <summary>What a reset may be ended with, and what it leaves.</summary>
public sealed class ResetTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _person = null!; // set by InitializeAsync
    private ResetFinishRequest _finish = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _person = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(_person.Email)));
        var code = await new Mailbox(vault.Pickup).NextCodeAsync(_person.Email);
        _finish = (await _person.StartResetAsync(code)).Finish!; // the code is right
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task FinishReset_WithProof_EndsSessionsAndTakesTheNewPasswordOnly()
    {
        Expect.Value(await vault.SignIn.FinishReset(_finish, _person.Origin));
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.GetSession(_person.Session));
        var again = new TestPerson(vault, _person.Email, "another horse") { SigningSeed = _person.SigningSeed };
        await again.LoginAsync();
        await Assert.ThrowsAsync<Cryptography.CryptographyException>(() => _person.LoginAsync());
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(_finish, _person.Origin)); // it is over
    }

    [Fact]
    public async Task FinishReset_AnotherChannelOrKey_IsRefused()
    {
        var origin = _person.Origin;
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(
            _finish, origin with { HandshakeHash = RandomNumberGenerator.GetBytes(32) }));
        _person.Connect();
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(
            _finish, origin with { SessionKey = _person.Session }));
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.ListLosses(new LossesRequest(_person.Email, null, 10), _person.Origin));
        Expect.Value(await vault.SignIn.FinishReset(_finish, origin));
    }

    [Fact]
    public async Task FinishReset_TooLate_IsRefused()
    {
        vault.Time.Advance(TimeSpan.FromMinutes(15));
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(_finish, _person.Origin));
    }

    [Fact]
    public async Task FinishReset_WhatProvesNothing_IsRefusedAndChangesNothing()
    {
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
        NewKeys Keys(SignedProfile profile) => new(RandomNumberGenerator.GetBytes(200), profile);
        ResetFinishRequest[] wrong =
        [
            _finish with { RecoveryProof = RandomNumberGenerator.GetBytes(64) },
            _finish with { RecoveryProof = [] },
            _finish with { SealedKeyRing = RandomNumberGenerator.GetBytes(200) }, // another ring than was proved
            _finish with { RecoveryProof = null },
            _finish with { NewKeys = Keys(_person.NextProfile(seed)) },
            _finish with { RecoveryProof = null, NewKeys = Keys(_person.Profile()) },
            _finish with { RecoveryProof = null, NewKeys = Keys(_person.NextProfile(seed, isSigned: true)) },
            _finish with { RecoveryProof = null, NewKeys = Keys(_person.NextProfile(seed) with { Signature = new byte[64] }) },
            _finish with { RecoveryProof = null, NewKeys = new NewKeys([], _person.NextProfile(seed)) },
            _finish with { RegistrationRecord = new byte[192] },
            _finish with { SealedKeyRing = [] },
        ];
        foreach (var request in wrong)
        {
            Expect.Refused(ErrorCode.InvalidRequest, await vault.SignIn.FinishReset(request, _person.Origin));
        }

        Expect.Value(await _person.Grain.GetSession(_person.Session));
        Expect.Value(await vault.SignIn.FinishReset(
            _finish with { RecoveryProof = null, NewKeys = Keys(_person.NextProfile(seed)) }, _person.Origin));
        Assert.Equal(2, Expect.Value(await _person.Grain.GetProfile()).Verify()!.Version);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task FinishReset_StorageFails_IsDoneOnceWhenSentAgain(Fault fault)
    {
        vault.Log.FailNext("user.password-reset.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => vault.SignIn.FinishReset(_finish, _person.Origin));
        Expect.Value(await vault.SignIn.FinishReset(_finish, _person.Origin));
        Assert.Single(await vault.EventsAsync("users", _person.Account.ToString()), type => type == "user.password-reset.v1");
        await new TestPerson(vault, _person.Email, "another horse").LoginAsync();
    }

    [Fact]
    public async Task ChangeKeys_SessionThatIsNotFresh_IsNotPermitted()
    {
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        var change = new ChangeKeysRequest(null, null, RandomNumberGenerator.GetBytes(200), null, null);
        Expect.Refused(ErrorCode.NotPermitted, await _person.Grain.ChangeKeys(_person.Session, change));
        Expect.Refused(ErrorCode.NotPermitted, await _person.Grain.StartPassword(_person.Session, new PasswordStartRequest(new byte[32])));
        await _person.LoginAsync();
        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, change));
        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, change)); // again is no error
        Assert.Single(await vault.EventsAsync("users", _person.Account.ToString()), type => type == "user.recovery-key-replaced.v1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ChangeKeys_StoreRefusesToDelete_IsDoneAndWhatIsSupersededGoesLater(bool isSentAgain)
    {
        var (old, next) = (RandomNumberGenerator.GetBytes(200), RandomNumberGenerator.GetBytes(200));
        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, new ChangeKeysRequest(null, null, old, null, null)));
        vault.Crash.ArmBehind("user.recovery-key-replaced.v1");
        try
        {
            for (var sent = 0; sent <= (isSentAgain ? 1 : 0); sent++)
            {
                Expect.Value(await _person.Grain.ChangeKeys(_person.Session, new ChangeKeysRequest(null, null, next, null, null)));
            }

            Assert.True(IsStored(old));
        }
        finally
        {
            vault.Crash.Disarm();
        }

        await vault.ForgetAsync(_person.Grain);
        var patience = Stopwatch.StartNew();
        do
        {
            Expect.Value(await _person.Grain.GetProfile());
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), "What was superseded is still there.");
        }
        while (IsStored(old));
        Assert.True(IsStored(next));
    }

    [Fact]
    public async Task ChangeKeys_StoreRefusesTheFirstDelete_WhatIsSupersededGoesThoughNobodyAsks()
    {
        var (old, next) = (RandomNumberGenerator.GetBytes(200), RandomNumberGenerator.GetBytes(200));
        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, new ChangeKeysRequest(null, null, old, null, null)));
        var asked = 0;
        vault.Content.Deleting = name => name.ToString().Contains(HashOf(old), StringComparison.Ordinal) && Interlocked.Increment(ref asked) == 1
            ? throw new StorageException(StorageError.Unavailable, "The test says so.")
            : Task.CompletedTask;
        try
        {
            Expect.Value(await _person.Grain.ChangeKeys(_person.Session, new ChangeKeysRequest(null, null, next, null, null)));
            await Until.HoldsAsync(() => Task.FromResult(!IsStored(old)), "What was superseded is still there.");
        }
        finally
        {
            vault.Content.Deleting = _ => Task.CompletedTask;
        }

        Assert.True(asked > 1, "The store was never asked to delete it.");
        Assert.True(IsStored(next));
    }

    [Fact]
    public async Task ChangeKeys_PasswordChangedMeanwhile_EndsTheOpenReset()
    {
        var change = new ChangeKeysRequest(_finish.RegistrationRecord, RandomNumberGenerator.GetBytes(200), null, null, null);
        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, change));
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(_finish, _person.Origin));
        Expect.Value(await _person.Grain.GetSession(_person.Session)); // the one that changed it goes on
    }

    [Fact]
    public async Task ChangeKeys_WhatDoesNotGoTogether_IsRefused()
    {
        var (record, ring) = (_finish.RegistrationRecord, RandomNumberGenerator.GetBytes(200));
        var profile = _person.NextProfile(RandomNumberGenerator.GetBytes(Ed25519.SeedLength), isSigned: true);
        ChangeKeysRequest[] wrong =
        [
            new(null, null, null, null, null),
            new(record, null, null, null, null),
            new(null, ring, null, null, null),
            new(record, ring, ring, null, null),
            new(record, ring, null, profile, null),
            new(null, ring, ring, null, 1),
            new(record, ring, ring, _person.NextProfile(RandomNumberGenerator.GetBytes(Ed25519.SeedLength)), null),
            new(new byte[192], ring, null, null, null),
            new(record, [], null, null, null),
        ];
        foreach (var request in wrong)
        {
            Expect.Refused(ErrorCode.InvalidRequest, await _person.Grain.ChangeKeys(_person.Session, request));
        }

        Expect.Value(await _person.Grain.ChangeKeys(_person.Session, new(record, ring, ring, profile, null)));
    }

    [Fact]
    public async Task Sessions_ListedAndEnded_FromAnother()
    {
        var first = _person.Session;
        _person.Connect();
        await _person.LoginAsync();
        vault.Time.Advance(TimeSpan.FromMinutes(1));
        var listed = Expect.Value(await _person.Grain.ListSessions(_person.Session)).Sessions;
        Assert.Equal(2, listed.Count);
        var current = Assert.Single(listed, session => session.IsCurrent);
        Assert.Equal(("a laptop", _person.Address), (current.Device, current.Address));
        Assert.Equal(vault.Time.GetUtcNow(), current.LastUsedAt);
        var other = Assert.Single(listed, session => !session.IsCurrent);
        Assert.True(other.LastUsedAt >= other.StartedAt && other.LastUsedAt < current.LastUsedAt);

        Expect.Value(await _person.Grain.EndOthers(_person.Session, other.Id));
        Expect.Value(await _person.Grain.EndOthers(_person.Session, other.Id));
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.GetSession(first));
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.ListSessions(first));
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.EndOthers(first, null));
        Expect.Value(await _person.Grain.GetSession(_person.Session));
    }

    [Fact]
    public async Task LastUse_AfterARestart_IsKnownToTenMinutes()
    {
        await using var own = await TestVault.StartAsync(null);
        var person = await (await new TestPerson(own).RegisterAsync()).LoginAsync();
        own.Time.Advance(TimeSpan.FromMinutes(10));
        var used = own.Time.GetUtcNow();
        Expect.Value(await person.Grain.GetSession(person.Session));
        await Until.HoldsAsync(
            async () => (await own.EventsAsync("users", person.Account.ToString())).Contains("user.sessions-used.v1"), "The use was not stored.");
        await own.RestartAsync();
        own.Time.Advance(TimeSpan.FromMinutes(1));
        var other = await (new TestPerson(own, person.Email).LoginAsync());
        var listed = Expect.Value(await other.Grain.ListSessions(other.Session)).Sessions;
        Assert.Equal(used, Assert.Single(listed, session => !session.IsCurrent).LastUsedAt);
    }

    private static string HashOf(byte[] ring) => Convert.ToHexStringLower(SHA256.HashData(ring));

    // By its name, which has the hash: files come and go meanwhile.
    private bool IsStored(byte[] ring) => vault.StoredFiles().Any(
        file => Path.GetFileName(file).Contains(HashOf(ring), StringComparison.Ordinal));
}
