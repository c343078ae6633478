using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

/// <summary>Appends whose requests or answers are lost: exactly one event, or a plain "unknown".</summary>
public sealed class AzureAppendTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");

    private readonly string _name = fixture.Azurite.NewContainer();
    private readonly FaultyWire _wire = new();
    private readonly List<AzureContainer> _containers = [];

    public async Task InitializeAsync() => await Open().OpenAsync(create: true, None);

    public Task DisposeAsync()
    {
        _containers.ForEach(container => container.Dispose());
        return Task.CompletedTask;
    }

    [Fact]
    public async Task AppendAsync_AnswerLost_IsOursAndThereOnce()
    {
        var log = Faulty();
        var head = await log.AppendManyAsync(Users, 2);
        _wire.BeforeAnswer = FaultyWire.First(2, FaultyWire.IsAppend);

        var next = await log.AppendAsync(Users, head, Events.New(3), None);
        await log.AppendAsync(Users, next, Events.New(4), None);

        var events = await Sound().AllAsync(Users);
        Assert.Equal([1, 2, 3, 4], events.Select(e => e.Version));
        Assert.Equal(next, events[2].Head);
    }

    [Fact]
    public async Task AppendAsync_RequestLost_IsMadeAgain()
    {
        var log = Faulty();
        _wire.BeforeRequest = FaultyWire.First(2, FaultyWire.IsAppend);

        var head = await log.AppendAsync(Users, StreamHead.Empty, Events.New(1), None);

        Assert.Equal(head, Assert.Single(await Sound().AllAsync(Users)).Head);
    }

    [Fact]
    public async Task AppendAsync_EveryAnswerLost_IsUnknownAndTheReaderFindsIt()
    {
        var log = Faulty();
        var head = await log.AppendManyAsync(Users, 1);
        _wire.BeforeAnswer = FaultyWire.First(int.MaxValue, FaultyWire.IsAppend);
        _wire.BeforeRequest = request => request.Method == HttpMethod.Get ? throw FaultyWire.Broken() : Task.CompletedTask;

        await Expect.StorageErrorAsync(StorageError.Unavailable, () => log.AppendAsync(Users, head, Events.New(2), None));

        Assert.Equal(2, (await Sound().AllAsync(Users)).Count);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Sound().AppendAsync(Users, head, Events.New(3), None));
    }

    [Fact]
    public async Task AppendAsync_AnswerLostAndAnotherWentOnBehindIt_IsStillOurs()
    {
        var log = Faulty();
        var head = await log.AppendManyAsync(Users, 1);
        var lost = 1;
        _wire.BeforeAnswer = async request =>
        {
            if (FaultyWire.IsAppend(request) && Interlocked.Decrement(ref lost) == 0)
            {
                await Sound().AppendAsync(Users, (await Sound().AllAsync(Users))[^1].Head, Events.New(99), None);
                throw FaultyWire.Broken();
            }
        };

        var ours = await log.AppendAsync(Users, head, Events.New(2), None);

        Assert.Equal(ours, (await Sound().AllAsync(Users))[1].Head);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => log.AppendAsync(Users, ours, Events.New(3), None));
    }

    [Fact]
    public async Task AppendAsync_RequestLostAndAnotherTookThePlace_Conflicts()
    {
        var log = Faulty();
        var head = await log.AppendManyAsync(Users, 1);
        var lost = 1;
        _wire.BeforeRequest = async request =>
        {
            if (FaultyWire.IsAppend(request) && Interlocked.Decrement(ref lost) == 0)
            {
                await Sound().AppendAsync(Users, head, Events.New(99), None);
                throw FaultyWire.Broken();
            }
        };

        await Expect.StorageErrorAsync(StorageError.Conflict, () => log.AppendAsync(Users, head, Events.New(2), None));

        Assert.Equal("{\"number\":99}", (await Sound().AllAsync(Users))[1].Text());
    }

    [Fact]
    public async Task AppendAsync_TheSameEventByTwoWriters_OneConflicts()
    {
        // Equal bytes are no proof of one's own: only an attempt of one's own whose answer was lost makes them that.
        var head = await Sound().AppendManyAsync(Users, 1);
        await Sound().AppendAsync(Users, head, Events.New(2), None);

        await Expect.StorageErrorAsync(StorageError.Conflict, () => Sound().AppendAsync(Users, head, Events.New(2), None));
    }

    [Fact]
    public async Task AppendAsync_StreamDeletedAndBegunAnewWithTheSameLength_Conflicts()
    {
        var log = Sound();
        var head = await log.AppendManyAsync(Users, 1);
        var other = Sound();
        await other.DeleteAsync(Users, None);
        var anew = await other.AppendAsync(Users, StreamHead.Empty, Events.New(7), None);
        Assert.Equal(anew.Position, head.Position);

        await Expect.StorageErrorAsync(StorageError.Conflict, () => log.AppendAsync(Users, head, Events.New(2), None));
    }

    [Fact]
    public async Task AppendAsync_CancelledWhileWriting_IsFinished()
    {
        var log = Faulty();
        var head = await log.AppendManyAsync(Users, 1);
        using var cancellation = new CancellationTokenSource();
        _wire.BeforeRequest = request => FaultyWire.IsAppend(request) ? cancellation.CancelAsync() : Task.CompletedTask;

        await log.AppendAsync(Users, head, Events.New(2), cancellation.Token);

        Assert.Equal(2, (await Sound().AllAsync(Users)).Count);
    }

    private AzureEventLog Sound() => new(Open());

    private AzureEventLog Faulty() => new(Keep(Containers.Faulty(fixture.Azurite.Port, _name, _wire)));

    private AzureContainer Open() => Keep(Containers.Named(fixture.Azurite.Port, _name));

    private AzureContainer Keep(AzureContainer container)
    {
        _containers.Add(container);
        return container;
    }
}
