using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Grains.Pending;
using Vault.Storage;

namespace Vault.Grains.Tests.Users;

/// <summary>Work across two grains that a crash cut off is finished though nobody ever calls the owner's grain again.</summary>
public sealed class PendingWorkTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!; // set by InitializeAsync

    public static TheoryData<string, Fault> Listings => Each(
        ("file.version-stored.v1", Fault.AfterStoring), ("user.sends-committed.v1", Fault.BeforeStoring),
        ("user.sends-committed.v1", Fault.AfterStoring));

    public static TheoryData<string, Fault> Removals => Each(
        ("user.file-removed.v1", Fault.AfterStoring), ("file.erased.v1", Fault.BeforeStoring),
        ("file.erased.v1", Fault.AfterStoring), ("user.removal-finished.v1", Fault.BeforeStoring),
        ("user.removal-finished.v1", Fault.AfterStoring));

    private PendingWork Work => vault.Service<PendingWork>();

    public async Task InitializeAsync() => _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Listings))]
    public async Task Start_SendCutOffBetweenTheGrains_IsListedAndForgotten(string type, Fault fault)
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        await CutOffAsync(type, fault, () => send.TryCommitAsync(send.Commit(target)));

        await vault.RestartAsync();

        await ForgottenAsync();
        Assert.Single(await EventsAsync(), "user.sends-committed.v1");
        Assert.Single(await vault.EventsAsync("files", send.Reserve.File.ToString()));
    }

    [Fact]
    public async Task FinishAll_SendThatNeverCame_IsKeptUntilItExpiresAndThenGivenBack()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        await CutOffAsync("file.version-stored.v1", Fault.BeforeStoring, () => send.TryCommitAsync(send.Commit(target)));

        await Work.FinishAllAsync(default);
        Assert.True(await Work.IsNotedAsync(_owner.Account));
        vault.Time.Advance(TimeSpan.FromHours(24));
        await Work.FinishAllAsync(default);

        Assert.False(await Work.IsNotedAsync(_owner.Account));
        Assert.Equal(["user.sends-reserved.v1", "user.sends-reserved.v1"], (await EventsAsync()).TakeLast(2));
        Assert.Equal(
            ErrorCode.NotFound, (await vault.File(send.Reserve.File).FindUpload(_owner.Account, send.Upload)).Problem?.Code);
    }

    [Fact]
    public async Task FinishAll_VersionStoredBehindTheOwnersBack_IsListedWhenItsReservationExpires()
    {
        // An activation that had lost its place in the cluster stored it, and the owner's grain had looked before.
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        await Work.FinishAllAsync(default);
        var version = await vault.File(send.Reserve.File).Commit(_owner.Account, send.Reserve, send.Commit(target));
        Expect.Value(version);

        vault.Time.Advance(TimeSpan.FromHours(24));
        await Work.FinishAllAsync(default);

        Assert.Single(await EventsAsync(), "user.sends-committed.v1");
        Assert.False(await Work.IsNotedAsync(_owner.Account));
    }

    [Theory]
    [MemberData(nameof(Removals))]
    public async Task Start_RemovalCutOffBetweenTheGrains_IsFinishedAndForgotten(string type, Fault fault)
    {
        var send = new TestSend(_owner);
        await send.SendAsync(vault);
        await Work.FinishAllAsync(default);
        Assert.False(await Work.IsNotedAsync(_owner.Account));
        await CutOffAsync(type, fault, () => _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File));

        await vault.RestartAsync();

        await ForgottenAsync();
        Assert.Single(await EventsAsync(), "user.removal-finished.v1");
        Assert.Single(await vault.EventsAsync("files", send.Reserve.File.ToString()), "file.erased.v1");
        Assert.Null(await vault.Content.LengthAsync(send.ContentBlob, default));
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task Reserve_CutOffAtTheFirstEvent_IsNotedAlready(Fault fault)
    {
        var send = new TestSend(_owner);
        await CutOffAsync(
            "user.sends-reserved.v1", fault, () => _owner.Grain.ReserveSends(_owner.Session, [send.Reserve]));

        Assert.True(await Work.IsNotedAsync(_owner.Account));
    }

    [Fact]
    public async Task Reserve_StoreCannotBeWritten_BeginsNothing()
    {
        await using var other = await TestVault.StartAsync(null);
        var owner = await (await new TestPerson(other).RegisterAsync()).LoginAsync();
        var accounts = other.Service<IServiceProvider>().GetRequiredKeyedService<IBlobStore>(BlobStores.Accounts);
        await accounts.CreateAsync(BlobName.Create("pending"), default, default); // nothing can lie beneath a blob
        var send = new TestSend(owner);

        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => owner.Grain.ReserveSends(owner.Session, [send.Reserve]));

        Assert.DoesNotContain("user.sends-reserved.v1", await other.EventsAsync("users", owner.Account.ToString()));
    }

    [Fact]
    public async Task Walk_WhileTheSiloRuns_FinishesWithoutARestart()
    {
        await using var other = await TestVault.StartAsync(services => services.Configure<StorageLimits>(
            limits => limits.FinishEvery = TimeSpan.FromMilliseconds(200)));
        var owner = await (await new TestPerson(other).RegisterAsync()).LoginAsync();
        var send = new TestSend(owner);
        await send.SendAsync(other);
        other.Log.FailNext("user.removal-finished.v1", Fault.BeforeStoring);
        Expect.Refused(
            ErrorCode.StorageUnavailable, await owner.Grain.RemoveFile(owner.Session, send.Reserve.File));

        await UntilAsync(async () => !await other.Service<PendingWork>().IsNotedAsync(owner.Account));

        Assert.Single(await other.EventsAsync("users", owner.Account.ToString()), "user.removal-finished.v1");
    }

    private static TheoryData<string, Fault> Each(params (string Type, Fault Fault)[] cases)
    {
        var data = new TheoryData<string, Fault>();
        foreach (var (type, fault) in cases)
        {
            data.Add(type, fault);
        }

        return data;
    }

    /// <summary>A command that fails at an append, as it would when its process died there.</summary>
    private async Task CutOffAsync(string type, Fault fault, Func<Task> command)
    {
        vault.Log.FailNext(type, fault);
        try
        {
            await command();
        }
        catch (StorageUnavailableException)
        {
            // Or an answer that says the same.
        }
    }

    private Task ForgottenAsync() => UntilAsync(async () => !await Work.IsNotedAsync(_owner.Account));

    private Task<IReadOnlyList<string>> EventsAsync() => vault.EventsAsync("users", _owner.Account.ToString());

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }
}
