using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vault.Gateway.Channel;
using Vault.Gateway.Endpoints;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

public sealed class LimitTests
{
    [Fact]
    public async Task Anonymous_MoreThanTheBurst_HasToWait()
    {
        await using var vault = await RunningVault.StartAsync(
            options: ["--Vault:AnonymousBurst", "3", "--Vault:AnonymousPerSecond", "1"]);
        using var person = new TestPerson(vault);

        var answers = new List<HttpResponseMessage>();
        for (var number = 0; number < 50 && answers.All(answer => answer.IsSuccessStatusCode); number++)
        {
            answers.Add(await person.Http.GetAsync(Routes.Server));
        }

        Assert.InRange(answers.Count, 4, 50);
        var problem = await answers[^1].IsProblemAsync(ErrorCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(problem.RetryAfterSeconds!.Value), answers[^1].Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Anonymous_BucketEmpty_StopsNoSession()
    {
        await using var vault = await RunningVault.StartAsync(
            options: ["--Vault:AnonymousBurst", "5", "--Vault:AnonymousPerSecond", "1"]);
        using var person = await TestPerson.SignUpAsync(vault);
        while ((await person.Http.GetAsync(Routes.Server)).IsSuccessStatusCode)
        {
        }

        for (var number = 0; number < 20; number++)
        {
            await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);
        }

        person.Reconnect(person.Account);
        await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);
    }

    [Fact]
    public async Task Connections_MoreThanOneAddressMayHave_AreRefused()
    {
        await using var vault = await RunningVault.StartAsync(options: ["--Vault:MaxConnectionsPerAddress", "2"]);
        using TestPerson first = new(vault), second = new(vault), third = new(vault);
        foreach (var person in new[] { first, second })
        {
            using var answer = await person.Http.GetAsync(Routes.Server);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => third.Http.GetAsync(Routes.Server));
    }

    [Fact]
    public async Task Claims_OfNoSession_HaveToWait()
    {
        await using var vault = await RunningVault.StartAsync(
            options: ["--Vault:AnonymousBurst", "1", "--Vault:AnonymousPerSecond", "1"]);
        using var person = new TestPerson(vault);
        person.Reconnect(AccountId.New());

        var statuses = new List<HttpStatusCode>();
        for (var number = 0; number < 500 && !statuses.Contains(HttpStatusCode.TooManyRequests); number++)
        {
            using var response = await person.Http.GetAsync(Routes.Files);
            statuses.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.InRange(statuses.Count(status => status == HttpStatusCode.Unauthorized), AnonymousLimit.ClaimsPerRequest, 499);
    }

    [Fact]
    public async Task Claims_OfNoSessionAllAtOnce_WakeNoFile()
    {
        await using var vault = await RunningVault.StartAsync();
        using var person = new TestPerson(vault);
        person.Reconnect(AccountId.New());

        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var response = await person.Http.GetAsync(Routes.FileVersion(FileId.New(), 0));
            return response.StatusCode;
        }));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        var awake = await vault.Server.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        Assert.Equal(1, awake.Where(grain => grain.GrainType.Contains("UserGrain", StringComparison.Ordinal)).Sum(grain => grain.ActivationCount));
        Assert.Equal(0, awake.Where(grain => grain.GrainType.Contains("FileGrain", StringComparison.Ordinal)).Sum(grain => grain.ActivationCount));
    }

    [Fact]
    public async Task Confirm_ManyAtOnce_AskOnceAndAgainAfterARefusal()
    {
        var claims = new ConnectionClaims(new Handshake());
        var asked = new List<TaskCompletionSource<Problem?>>();
        var refusal = new Problem(ErrorCode.NotAuthenticated, "Log in first.");
        List<Task<Problem?>> Ask() => [.. Enumerable.Range(0, 100).Select(_ => claims.ConfirmAsync(() =>
        {
            asked.Add(new TaskCompletionSource<Problem?>());
            return asked[^1].Task;
        }))];

        var first = Ask();
        claims.Refute(); // of a request before
        first.AddRange(Ask());
        asked.Single().SetResult(refusal);
        Assert.All(await Task.WhenAll(first), problem => Assert.Equal(refusal, problem));
        Assert.False(claims.IsConfirmed);

        var failed = Ask();
        asked[1].SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAll(failed));
        await Assert.ThrowsAsync<RefusedException>(() => claims.ConfirmAsync(() => throw new RefusedException(refusal)));

        var confirmed = Ask();
        asked[2].SetResult(null);
        await Task.WhenAll(confirmed);
        Assert.True(claims.IsConfirmed);
        await Task.WhenAll(Ask());
        Assert.Equal(3, asked.Count);

        claims.Refute();
        Assert.False(claims.IsConfirmed);
    }

    [Fact]
    public async Task Budget_AllTurnsTaken_RefusesWithinTheWait()
    {
        var (ada, bob, eve) = (AccountId.New(), AccountId.New(), AccountId.New());
        using var budget = new TransferBudget(
            new GatewayOptions { MaxTransfers = 2, TransferWait = TimeSpan.FromSeconds(0.1) });
        using var first = await budget.EnterAsync(ada, 1, default);
        var second = await budget.EnterAsync(bob, 1, default);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => budget.EnterAsync(eve, 1, default));
        second.Dispose();
        using var third = await budget.EnterAsync(eve, 1, default);

        Assert.Equal(ErrorCode.ServerBusy, refused.Problem.Code);
    }

    [Fact]
    public async Task Budget_OneAccount_HasNoMoreThanHalf()
    {
        var (ada, bob) = (AccountId.New(), AccountId.New());
        using var budget = new TransferBudget(
            new GatewayOptions { MaxTransfers = 4, TransferWait = TimeSpan.FromSeconds(0.1) });
        using var all = await budget.EnterAsync(ada, 1024 * 1024 * 1024, default); // as much as it may have

        await Assert.ThrowsAsync<RefusedException>(() => budget.EnterAsync(ada, 1, default));
        using var others = await budget.EnterAsync(bob, 1024 * 1024, default);
    }

    [Fact]
    public async Task Budget_TurnGivenBack_LetsTheNextIn()
    {
        using var budget = new TransferBudget(new GatewayOptions { MaxTransfers = 1 });
        var first = await budget.EnterAsync(AccountId.New(), 1, default);
        var second = budget.EnterAsync(AccountId.New(), 1, default);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task Budget_WaitCancelled_GivesEverythingBack()
    {
        using var budget = new TransferBudget(new GatewayOptions { MaxTransfers = 1 });
        var first = await budget.EnterAsync(AccountId.New(), 1, default);
        using var cancel = new CancellationTokenSource();
        var second = budget.EnterAsync(AccountId.New(), 1, cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();

        (await budget.EnterAsync(AccountId.New(), 1, default)).Dispose();
    }

    private sealed class Handshake : INoiseConnectionFeature
    {
        public ReadOnlyMemory<byte> HandshakeHash { get; } = new byte[32];

        public ReadOnlyMemory<byte> RemoteStaticKey { get; } = new byte[32];

        public ReadOnlyMemory<byte> Payload { get; } = new byte[16];
    }
}
