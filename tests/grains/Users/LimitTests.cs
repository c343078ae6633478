using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.Users;

public sealed class LimitTests
{
    [Fact]
    public async Task ReserveSends_QuotaUsedUp_IsRefusedUntilAReservationExpires()
    {
        await using var vault = await TestVault.StartAsync(services => services.Configure<SendLimits>(limits =>
        {
            limits.QuotaBytes = 1_000;
            limits.MaxOpen = 2;
            limits.ReservationLifetime = TimeSpan.FromHours(1);
        }));
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var first = new TestSend(owner);
        await first.SendAsync(vault);
        var second = new TestSend(owner);
        await second.StageAsync(vault);
        var third = new TestSend(owner);
        var answers = Expect.Value(await owner.Grain.ReserveSends(owner.Session, [third.Reserve]));
        Expect.Refused(ErrorCode.QuotaExceeded, Assert.Single(answers.Items));
        Assert.Equal(1_000, Expect.Value(await owner.Grain.GetSession(owner.Session)).QuotaBytes);

        vault.Time.Advance(TimeSpan.FromHours(1));
        await third.StageAsync(vault);
        Expect.Refused(ErrorCode.NotFound, await owner.Grain.GetReservation(owner.Session, second.Upload));
        Assert.Equal(900, Expect.Value(await owner.Grain.GetSession(owner.Session)).UsedBytes);
    }

    [Fact]
    public async Task ReserveSends_TooManyOpen_HasToWait()
    {
        await using var vault = await TestVault.StartAsync(
            services => services.Configure<SendLimits>(limits => limits.MaxOpen = 2));
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var requests = Enumerable.Range(0, 3).Select(_ => new TestSend(owner).Reserve).ToList();
        var answers = Expect.Value(await owner.Grain.ReserveSends(owner.Session, requests));

        Expect.Value(answers.Items[0]);
        Expect.Value(answers.Items[1]);
        Assert.NotNull(Expect.Refused(ErrorCode.TooManyRequests, answers.Items[2]).RetryAfterSeconds);
    }

    [Fact]
    public async Task FinishLogin_TooManySessions_EndsTheOldest()
    {
        await using var vault = await TestVault.StartAsync(
            services => services.Configure<SessionLimits>(limits => limits.MaxCount = 2));
        var owner = await new TestPerson(vault).RegisterAsync();
        var sessions = new List<SessionKey>();
        for (var i = 0; i < 3; i++)
        {
            owner.Connect();
            await owner.LoginAsync();
            sessions.Add(owner.Session);
            vault.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Expect.Refused(ErrorCode.NotAuthenticated, await owner.Grain.GetSession(sessions[0]));
        Expect.Value(await owner.Grain.GetSession(sessions[1]));
        Expect.Value(await owner.Grain.GetSession(sessions[2]));
    }

    [Fact]
    public async Task Restart_AfterSnapshots_AnswersAsBefore()
    {
        await using var vault = await TestVault.StartAsync(
            services => services.Configure<StorageLimits>(limits => limits.SnapshotEvery = 2));
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var first = new TestSend(owner);
        await first.SendAsync(vault);
        var second = new TestSend(owner, first.Reserve.NameTag);
        var receipt = await second.SendAsync(vault);
        var gone = new TestSend(owner);
        await gone.SendAsync(vault);
        Expect.Value(await owner.Grain.RemoveFile(owner.Session, gone.Reserve.File));
        var open = new TestSend(owner);
        await open.StageAsync(vault);
        var before = Expect.Value(await owner.Grain.ListFiles(owner.Session, null, 10));
        await vault.RestartAsync();

        Assert.NotNull(await vault.Log.ReadSnapshotAsync(StreamName.Create("users", owner.Account.ToString()), default));
        Assert.NotNull(await vault.Log.ReadSnapshotAsync(StreamName.Create("files", receipt.File.ToString()), default));
        Assert.Equivalent(before, Expect.Value(await owner.Grain.ListFiles(owner.Session, null, 10)));
        Assert.Equal(1_350, Expect.Value(await owner.Grain.GetSession(owner.Session)).UsedBytes);
        Expect.Value(await owner.Grain.GetReservation(owner.Session, open.Upload));
        var target = new SendTarget(receipt.File, 2, (await first.SendAgainAsync()).ManifestHash);
        Assert.Equivalent(receipt, Expect.Receipt(await second.TryCommitAsync(second.Commit(target))));
        Expect.Value(await owner.Grain.RemoveFile(owner.Session, gone.Reserve.File));
        Expect.Value(await owner.Grain.RemoveFile(owner.Session, receipt.File));
        owner.Connect();
        await owner.LoginAsync();
    }

    [Fact]
    public async Task Start_LimitOutOfRange_StopsTheSilo() =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => TestVault.StartAsync(
            services => services.Configure<AttemptLimits>(limits => limits.Capacity = 0)));
}
