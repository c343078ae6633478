using System.Diagnostics;
using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.Tests.Mail;
using Vault.Protocol;

namespace Vault.Grains.Tests.Retry;

/// <summary>
/// A grain that asks another one: Ada's account asks her file, which asks Bob's account, and then stores the grant. What gets
/// lost between them is asked again, for a while, and is done once. What waits when a silo leaves is done elsewhere.
/// </summary>
public sealed class GrainRetryTests(RetryVault vault) : IClassFixture<RetryVault>, IAsyncLifetime
{
    private const string Announce = nameof(IUserGrain.AnnounceShare), Granting = nameof(IFileGrain.Grant);
    private const int First = 0, Second = 1, Third = 2;

    // More than any of this takes on a busy machine; what takes longer hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private TestPerson _ada = null!, _bob = null!; // set by InitializeAsync
    private TestSend _sent = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync
    private GrantSharesRequest _request = null!; // set by InitializeAsync

    private FaultyCalls Calls => vault.Calls;

    public async Task InitializeAsync()
    {
        _ada = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _bob = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _sent = new TestSend(_ada);
        await _sent.SendAsync(vault);
        _share = new TestShare(_ada, _sent.Reserve.File);
        _request = new GrantSharesRequest(CommandId.New(), [_share.Sign(_bob, await _share.TargetAsync())]);
    }

    public async Task DisposeAsync()
    {
        Calls.Clear();
        while (vault.Cluster.Silos.Count <= Third)
        {
            await vault.Cluster.StartAdditionalSiloAsync();
        }
    }

    [Theory]
    [InlineData(Announce, true)]
    [InlineData(Announce, false)]
    [InlineData(Granting, true)]
    [InlineData(Granting, false)]
    public async Task Call_LostInTransitTwice_IsAskedAgainAndDoneOnce(string method, bool isAnswer)
    {
        var lost = 0;
        Calls.On(method, async call =>
        {
            if (isAnswer)
            {
                await call.Invoke();
            }

            if (Interlocked.Increment(ref lost) <= 2)
            {
                throw new SiloUnavailableException("The test cut the connection.");
            }

            if (!isAnswer)
            {
                await call.Invoke();
            }
        });

        Expect.Value(await _share.TryGrantAsync(_request).WaitAsync(Patience));

        Assert.Equal(3, Calls.Count(method));
        await GrantedOnceAsync();
    }

    [Fact]
    public async Task Call_LostForEver_EndsInTimeWithWhatItWasLostTo_AndTheSameCommandIsGoodLater()
    {
        Calls.On(Announce, _ => throw new SiloUnavailableException("The test cut the connection."));
        var clock = Stopwatch.StartNew();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => _share.TryGrantAsync(_request).WaitAsync(Patience));

        Assert.True(Calls.Count(Announce) > 2, $"It was asked {Calls.Count(Announce)} times.");
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(2), $"It gave up after {clock.Elapsed.TotalSeconds:F1} s, before a dead silo is known to be dead.");
        Assert.DoesNotContain("file.shares-granted.v1", await FileEventsAsync());
        Calls.Clear();
        Expect.Value(await _share.TryGrantAsync(_request).WaitAsync(Patience));
        await GrantedOnceAsync();
    }

    [Theory]
    [InlineData(typeof(StorageUnavailableException))] // the grain has read its stream again and says so: the gateway decides
    [InlineData(typeof(TimeoutException))] // whoever asked has waited long enough
    [InlineData(typeof(InvalidOperationException))]
    public async Task Call_FailedByWhatDoesNotPass_IsNotAskedAgain(Type failure)
    {
        Calls.On(Announce, _ => throw (failure == typeof(StorageUnavailableException)
            ? new StorageUnavailableException(StorageFailure.Unavailable, "The test pulled the plug.")
            : (Exception)Activator.CreateInstance(failure, "The test says no.")!)); // each has a constructor with a message

        await Assert.ThrowsAsync(failure, () => _share.TryGrantAsync(_request).WaitAsync(Patience));

        Assert.Equal(1, Calls.Count(Announce));
        Assert.DoesNotContain("file.shares-granted.v1", await FileEventsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_SiloOfTheAskedGrainDiesInTheMiddle_IsAskedAgainElsewhereAndDoneOnce(bool isStored)
    {
        await PlaceAsync(bob: Second);
        var (reached, killed) = (Signal(), Signal());
        var calls = 0;
        Calls.On(Announce, async call =>
        {
            var isFirst = Interlocked.Increment(ref calls) == 1;
            if (isStored || !isFirst)
            {
                await call.Invoke();
            }

            if (isFirst)
            {
                reached.SetResult();
                await killed.Task; // nobody hears of the answer
            }
        });

        var granting = _share.TryGrantAsync(_request);
        await reached.Task.WaitAsync(Patience);
        var silo = vault.Cluster.Silos[Second];
        await vault.Cluster.KillSiloAsync(silo).WaitAsync(Patience);
        killed.SetResult();

        Expect.Value(await granting.WaitAsync(Patience));
        Assert.True(Calls.Count(Announce) > 1);
        Assert.NotEqual(silo.SiloAddress, vault.SiloOf(_bob.Grain));
        await GrantedOnceAsync();
    }

    [Fact]
    public async Task Call_OwnSiloIsAskedToStop_WaitsNoLongerAndTheSameCommandIsDoneElsewhere()
    {
        await PlaceAsync(bob: Second);
        await vault.PlaceAsync(vault.File(_sent.Reserve.File), Third);
        var (reached, answer) = (Signal(), Signal());
        Calls.On(Announce, async call =>
        {
            reached.TrySetResult();
            await answer.Task;
            await call.Invoke();
        });

        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        Calls.On(Granting, async call =>
        {
            try
            {
                await call.Invoke();
            }
            catch (Exception error)
            {
                ended.TrySetResult(error);
                throw;
            }
        });

        var granting = _share.TryGrantAsync(_request);
        await reached.Task.WaitAsync(Patience);
        await vault.Cluster.StopSiloAsync(vault.Cluster.Silos[Third]).WaitAsync(Patience);

        // Bob's grain answers nothing all the while: neither the command nor the silo waited for it.
        Assert.IsType<SiloLeavingException>(await ended.Task.WaitAsync(Patience));
        var told = await Assert.ThrowsAnyAsync<Exception>(() => granting.WaitAsync(Patience));
        Assert.True(told is SiloLeavingException or TimeoutException, $"It ended with {told}."); // a busy machine's client has given up before
        Assert.DoesNotContain("file.shares-granted.v1", await FileEventsAsync());
        answer.SetResult();
        Expect.Value(await _share.TryGrantAsync(_request).WaitAsync(Patience));
        await GrantedOnceAsync();
    }

    [Fact]
    public async Task Leave_RequestWaitsForAGrainThatCannotBeReadElsewhereYet_DoesNotWaitForThat()
    {
        const string Putting = nameof(IUserGrain.PutContacts);
        await vault.PlaceAsync(_bob.Grain, Third);
        var (silo, reached, goOn, read) = (vault.Cluster.Silos[Third], Signal(), Signal(), Signal());
        Calls.On(Putting, async call =>
        {
            reached.TrySetResult();
            await goOn.Task;
            await call.Invoke();
        });
        var running = _bob.Grain.PutContacts(_bob.Session, new PutContactsRequest(1, RandomNumberGenerator.GetBytes(100)));
        await reached.Task.WaitAsync(Patience);
        var next = new PutContactsRequest(2, RandomNumberGenerator.GetBytes(100));
        var waiting = _bob.Grain.PutContacts(_bob.Session, next);
        Expect.Value(await _bob.Grain.GetProfile()); // which interleaves, and came behind it
        vault.Log.Reading = read.Task;

        var clock = Stopwatch.StartNew();
        var leaving = vault.Cluster.StopSiloAsync(silo);
        await Until.HoldsAsync(
            () => Task.FromResult(vault.Cluster.TryGetGrainContext(_bob.Grain.GetGrainId(), out var context)
                && context.ToString()!.Contains("State=Deactivating", StringComparison.Ordinal)), // it says what it is
            "The grain is not asked to leave.");
        waiting.Ignore();
        goOn.SetResult();
        await leaving.WaitAsync(Patience);
        var took = clock.Elapsed;

        Assert.True(took < TimeSpan.FromSeconds(15), $"The silo left after {took.TotalSeconds:F1} s.");
        Assert.False(waiting.IsCompletedSuccessfully);
        read.SetResult();
        Expect.Value(await running.WaitAsync(Patience));
        Expect.Value(await _bob.Grain.PutContacts(_bob.Session, next).WaitAsync(Patience)); // as a gateway asks again that lost the silo
        Assert.Equal(2, Expect.Value(await _bob.Grain.GetContacts(_bob.Session)).Version);
    }

    // Ada's account with the client, which hears of no silo's death by itself, and her file too.
    private async Task PlaceAsync(int bob)
    {
        await vault.PlaceAsync(_ada.Grain, First);
        await vault.PlaceAsync(vault.File(_sent.Reserve.File), First);
        await vault.PlaceAsync(_bob.Grain, bob);
    }

    private async Task GrantedOnceAsync()
    {
        Calls.Clear();
        Assert.Single(await FileEventsAsync(), type => type == "file.shares-granted.v1");
        Assert.Single(await vault.EventsAsync("users", _bob.Account.ToString()), type => type == "user.share-announced.v1");
        Assert.Single(await TestShare.ReceivedAsync(_bob));
    }

    private Task<IReadOnlyList<string>> FileEventsAsync() => vault.EventsAsync("files", _sent.Reserve.File.ToString());

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
