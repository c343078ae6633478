using System.Diagnostics;
using Vault.Protocol;
using Xunit.Abstractions;

namespace Vault.Grains.Tests.Shares;

public sealed class ManySharesTests(TestVault vault, ITestOutputHelper output) : IClassFixture<TestVault>
{
    private const int People = 1_000;

    [Fact]
    public async Task Grant_ToAThousand_EachHasItsOwnHeaderAndTheFileIsReplayed()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var send = new TestSend(owner);
        await send.SendAsync(vault);
        var share = new TestShare(owner, send.Reserve.File);
        var people = new TestPerson[People];
        await Parallel.ForAsync(0, People, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            people[i] = await (await new TestPerson(vault) { Address = $"203.0.113.{i % 250}" }.RegisterAsync()).LoginAsync());

        var grants = new List<ShareGrant>();
        foreach (var some in people.Chunk(GrantSharesRequest.MaxGrants))
        {
            grants.AddRange(await share.GrantAsync(some));
        }

        await AssertEachHasAsync(people, grants, share, 1);
        await ReplayAsync(share, owner, "after grants in four commands");

        var next = new TestSend(owner, send.Reserve.NameTag);
        var commit = next.Commit(await next.StageAsync(vault));
        var target = TestShare.Of(commit, 2, People + 1);
        grants = [.. people.Select((person, i) => share.Sign(person, target, i))];
        Expect.Receipt(await next.TryCommitAsync(commit with { Shares = new(grants, []) }));
        await AssertEachHasAsync(people, grants, share, 2);
        await ReplayAsync(share, owner, "after a version with grants for all");

        Assert.Equal(People, (await share.SharesAsync()).Shares.Count);
        var more = await new TestPerson(vault).RegisterAsync();
        var many = Enumerable.Repeat(grants[0], GrantSharesRequest.MaxGrants + 1).ToList();
        Expect.Refused(ErrorCode.InvalidRequest, await share.TryGrantAsync(many));
        await share.GrantAsync(more);
        Assert.Equal(People + 1, (await share.SharesAsync()).Shares.Count);
        await AssertPagesAsync(owner, people);
    }

    /// <summary>A page of given shares stays small however many have each file.</summary>
    private async Task AssertPagesAsync(TestPerson owner, TestPerson[] people)
    {
        for (var i = 0; i < 2; i++)
        {
            var send = new TestSend(owner);
            var commit = send.Commit(await send.StageAsync(vault));
            var share = new TestShare(owner, send.Reserve.File);
            var target = TestShare.Of(commit, 1, 1);
            Expect.Receipt(await send.TryCommitAsync(
                commit with { Shares = new([.. people.Select((person, n) => share.Sign(person, target, n))], []) }));
        }

        var first = Expect.Value(await owner.Grain.ListGiven(owner.Session, null, 100));
        Assert.Equal(2, first.Files.Count);
        var second = Expect.Value(await owner.Grain.ListGiven(owner.Session, first.Next, 100));
        Assert.Single(second.Files);
        Assert.Null(second.Next);
    }

    private async Task AssertEachHasAsync(
        TestPerson[] people, List<ShareGrant> grants, TestShare share, int version) =>
        await Parallel.ForAsync(0, People, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var reply = Expect.Value(await vault.File(share.File).GetVersion(people[i].Caller, 0));
            Assert.Equal(version, reply.Version);
            Assert.Equal(grants[i].Header, reply.Header);
            Assert.Equal(grants[i].Grant.Bytes, reply.Received!.Grant.Bytes); // a recipient's version has it
        });

    private async Task ReplayAsync(TestShare share, TestPerson owner, string when)
    {
        var without = Stopwatch.StartNew();
        Expect.Value(await vault.File(share.File).GetPayload(owner.Caller, 0));
        without.Stop();
        await vault.ForgetAsync(vault.File(share.File));
        var with = Stopwatch.StartNew();
        Expect.Value(await vault.File(share.File).GetPayload(owner.Caller, 0));
        output.WriteLine($"{when}: {with.Elapsed.TotalMilliseconds:F1} ms with the replay, {without.Elapsed.TotalMilliseconds:F1} ms without");
    }
}
