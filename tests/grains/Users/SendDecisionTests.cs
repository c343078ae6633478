using Vault.Grains.Interfaces;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

/// <summary>Decisions and their fold, without a host.</summary>
public sealed class SendDecisionTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly HashSet<UploadId> Settled = [];
    private readonly SendLimits _limits = new();

    [Fact]
    public void Reserve_SameNewNameTwiceInOneRequest_IsOneFile()
    {
        var tag = Tag(1);
        var (state, answers) = Reserve(UserState.Empty, Request(tag), Request(tag), Request(Tag(2)));

        Assert.Equal(answers[0], answers[1]);
        Assert.NotEqual(answers[0].File, answers[2].File);
        Assert.Equal(3, state.Sends.Open.Count);
        Assert.Equal(3 * 450, state.UsedBytes);
    }

    [Fact]
    public void Reserve_ListedName_AnswersWithItsFileAndNextVersion()
    {
        var first = Request(Tag(1));
        var (state, _) = Reserve(UserState.Empty, first);
        state = Commit(state, first.Upload, 1, Hash(7));
        var (_, answers) = Reserve(state, Request(Tag(1)));

        Assert.Equal((first.File, 2), (answers[0].File, answers[0].Version));
        Assert.Equal(Hash(7), answers[0].PreviousManifest!); // version 1 is listed
    }

    [Fact]
    public void Reserve_CommittedUploadAgain_GivesTheTargetThatItHad()
    {
        var (first, second) = (Request(Tag(1)), Request(Tag(1)));
        var (state, _) = Reserve(UserState.Empty, first, second);
        state = Commit(Commit(state, first.Upload, 1, Hash(7)), second.Upload, 2, Hash(8));
        var (after, answers) = Reserve(state, first, second);

        Assert.Same(state, after);
        Assert.Equal((1, null), (answers[0].Version, answers[0].PreviousManifest));
        Assert.Equal(2, answers[1].Version);
        Assert.Equal(Hash(7), answers[1].PreviousManifest!); // version 1 is listed
    }

    [Fact]
    public void Reserve_Expired_AreReleasedUnlessUnsettled()
    {
        var (gone, kept) = (Request(Tag(1)), Request(Tag(2)));
        var (state, _) = Reserve(UserState.Empty, gone, kept);
        var (decision, _) = SendDecisions.Reserve(
            state, [Request(Tag(3))], new HashSet<UploadId> { kept.Upload }, Now.AddHours(24), _limits);

        var reserved = Assert.IsType<SendsReserved>(decision.Event);
        Assert.Equal([gone.Upload], reserved.Expired);
        state = state.Apply(reserved, default);
        Assert.True(state.Sends.Open.ContainsKey(kept.Upload));
        Assert.Equal(2 * 450, state.UsedBytes);
    }

    [Fact]
    public void Reserve_ExpiredUploadAgain_IsReservedAnew()
    {
        var request = Request(Tag(1));
        var (state, _) = Reserve(UserState.Empty, request);
        var (decision, _) = SendDecisions.Reserve(state, [request], Settled, Now.AddHours(25), _limits);
        state = state.Apply(decision.Event!, default); // it expired, so something happens
        Assert.Equal(450, state.UsedBytes);
        Assert.Equal(Now.AddHours(49), state.Sends.Open[request.Upload].ExpiresAt);
    }

    [Fact]
    public void Reserve_QuotaWithinOneRequest_CountsWhatCameBefore()
    {
        _limits.QuotaBytes = 900;
        var requests = new[] { Request(Tag(1)), Request(Tag(2)), Request(Tag(3)) };
        var (decision, answers) = SendDecisions.Reserve(UserState.Empty, requests, Settled, Now, _limits);

        Assert.Equal(2, Assert.IsType<SendsReserved>(decision.Event).Reserved.Count);
        Expect.Refused(ErrorCode.QuotaExceeded, answers[2]);
    }

    [Theory]
    [InlineData(31, 150, 300, 65_552)]
    [InlineData(32, 0, 300, 65_552)]
    [InlineData(32, 16_385, 300, 65_552)]
    [InlineData(32, 150, 31, 65_552)]
    [InlineData(32, 150, long.MaxValue, 65_552)]
    [InlineData(32, 150, 300, 65_551)]
    [InlineData(32, 150, 300, 0)]
    [InlineData(32, 150, 300, int.MaxValue)]
    public void Reserve_OutOfRange_IsRefused(int tagLength, int headerLength, long payloadLength, int partSize)
    {
        var request = new ReserveSendRequest(
            UploadId.New(), FileId.New(), new byte[tagLength], headerLength, payloadLength, partSize);
        var (decision, answers) = SendDecisions.Reserve(UserState.Empty, [request], Settled, Now, _limits);
        Assert.Null(decision.Event);
        Expect.Refused(ErrorCode.InvalidRequest, answers[0]);
    }

    [Fact]
    public void Commit_ListedOrReleasedAlready_IsNothing()
    {
        var (listed, released) = (Request(Tag(1)), Request(Tag(2)));
        var (state, _) = Reserve(UserState.Empty, listed, released);
        state = Commit(state, listed.Upload, 1, Hash(7));
        state = state.Apply(SendDecisions.Release(state, released.Upload).Event!, default); // it was open
        CommittedSend[] again = [new(listed.Upload, 1, [], Hash(7), Now), new(released.Upload, 1, [], Hash(8), Now)];

        Assert.Null(SendDecisions.Commit(state, again).Event);
        Assert.Null(SendDecisions.Release(state, listed.Upload).Event);
        Assert.Equal(450, state.UsedBytes);
    }

    [Fact]
    public void Apply_OlderVersionFoundLater_KeepsTheNewestInTheList()
    {
        var (first, second) = (Request(Tag(1)), Request(Tag(1)));
        var (state, _) = Reserve(UserState.Empty, first, second);
        state = Commit(Commit(state, second.Upload, 2, Hash(8)), first.Upload, 1, Hash(7));

        var entry = Assert.Single(state.Files.Page(null, 10).Files);
        Assert.Equal(2, entry.Version);
        Assert.Equal(Hash(8), entry.ManifestHash);
        Assert.Equal(900, state.UsedBytes);
    }

    [Fact]
    public void Remove_ListedFile_FreesNameQuotaAndReservations()
    {
        var (first, second) = (Request(Tag(1)), Request(Tag(1)));
        var (state, _) = Reserve(UserState.Empty, first, second);
        state = Commit(state, first.Upload, 1, Hash(7));
        state = state.Apply(FileDecisions.Remove(state, first.File).Event!, default); // it is listed

        Assert.Equal(0, state.UsedBytes);
        Assert.Empty(state.Sends.Open);
        Assert.Empty(state.Files.Page(null, 10).Files);
        Assert.Null(FileDecisions.Remove(state, first.File).Event);
        var (_, answers) = SendDecisions.Reserve(
            state, [Request(Tag(1)), Request(Tag(2)) with { File = first.File }], Settled, Now, _limits);
        Assert.Equal(1, Expect.Value(answers[0]).Version);
        Expect.Refused(ErrorCode.Conflict, answers[1]);
        state = state.Apply(FileDecisions.FinishRemoval(state, first.File).Event!, default); // it is being removed
        Assert.Null(FileDecisions.FinishRemoval(state, first.File).Event);
    }

    [Fact]
    public void Page_AfterAFileThatIsGone_GoesOnBehindItsPlace()
    {
        var requests = Enumerable.Range(1, 5)
            .Select(i => Request(Tag((byte)i)) with { File = new FileId(new Guid(i, 0, 0, new byte[8])) }).ToArray();
        var (state, _) = Reserve(UserState.Empty, requests);
        state = requests.Aggregate(state, (s, request) => Commit(s, request.Upload, 1, Hash(1)));
        state = state.Apply(FileDecisions.Remove(state, requests[1].File).Event!, default); // it is listed

        var page = state.Files.Page(requests[1].File, 2);
        Assert.Equal([requests[2].File, requests[3].File], page.Files.Select(file => file.File));
        Assert.Equal(requests[3].File, page.Next);
        page = state.Files.Page(page.Next, 2);
        Assert.Equal([requests[4].File], page.Files.Select(file => file.File));
        Assert.Null(page.Next);
        Assert.Empty(state.Files.Page(requests[4].File, 2).Files);
    }

    [Fact]
    public void DecideStart_SessionsExpiredOrTooMany_AreDroppedByTheEvent()
    {
        var limits = new SessionLimits { MaxCount = 2, Lifetime = TimeSpan.FromHours(1) };
        var sessions = UserSessions.Empty;
        for (byte i = 1; i <= 3; i++)
        {
            sessions = sessions.Apply(sessions.DecideStart(Key(i), "d", $"192.0.2.{i}", Now.AddMinutes(i), limits));
        }

        Assert.Null(sessions.Find(Key(1), Now.AddMinutes(3)));
        Assert.Equal(2, sessions.Running.Count);
        var started = sessions.DecideStart(Key(3), "d", "no address", Now.AddHours(2), limits);
        Assert.Equal([Key(2)], started.Dropped);
        sessions = sessions.Apply(started);
        Assert.Equal(["192.0.2.1", "192.0.2.2", "192.0.2.3"], sessions.Networks);
        Assert.Equal(Now.AddHours(3), Assert.Single(sessions.Running).Value.ExpiresAt);
    }

    [Fact]
    public void Apply_ManyNetworks_KeepsTheLatest()
    {
        var sessions = Enumerable.Range(0, 20).Aggregate(UserSessions.Empty, (s, i) => s.Apply(
            s.DecideStart(Key(1), "d", $"192.0.2.{i}", Now, new SessionLimits())));
        Assert.Equal(UserSessions.MaxNetworks, sessions.Networks.Count);
        Assert.Equal("192.0.2.19", sessions.Networks[^1]);
    }

    private static byte[] Tag(byte value) => Enumerable.Repeat(value, 32).ToArray();

    private static SessionKey Key(byte value)
    {
        Assert.True(SessionKey.TryRead(Tag(value), out var key));
        return key;
    }

    private static ReserveSendRequest Request(byte[] tag) =>
        new(UploadId.New(), FileId.New(), tag, 150, 300, PartLayout.SealedChunkLength);

    private static UserState Commit(UserState state, UploadId upload, int version, byte[] manifestHash)
    {
        var decision = SendDecisions.Commit(state, [new CommittedSend(upload, version, [], manifestHash, Now)]);
        return state.Apply(Assert.IsType<SendsCommitted>(decision.Event), default);
    }

    private (UserState State, IReadOnlyList<SendTarget> Answers) Reserve(
        UserState state, params ReserveSendRequest[] requests)
    {
        var (decision, answers) = SendDecisions.Reserve(state, requests, Settled, Now, _limits);
        return (decision.Event is { } reserved ? state.Apply(reserved, default) : state, [.. answers.Select(Expect.Value)]);
    }

    private static byte[] Hash(byte first) => [first, .. new byte[31]];
}
