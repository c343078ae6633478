using Vault.PowerShell.Completion;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests.Completion;

public sealed class CompletionCacheTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private int _reads;

    [Fact]
    public async Task Get_SourceThatNeverAnswers_ReturnsNothingInTime()
    {
        var never = new TaskCompletionSource<IReadOnlyList<string>>();
        var cache = new CompletionCache<string>(_ => never.Task, _time);
        Assert.Empty(await Task.Run(cache.Get).WaitAsync(Limit));
    }

    [Fact]
    public async Task Get_SourceThatBlocks_ReturnsNothingInTime()
    {
        using var gate = new ManualResetEventSlim();
        var cache = new CompletionCache<string>(
            _ =>
            {
                gate.Wait(Limit, CancellationToken.None);
                return Task.FromResult<IReadOnlyList<string>>([]);
            },
            _time);
        Assert.Empty(await Task.Run(cache.Get).WaitAsync(Limit));
        gate.Set();
    }

    [Fact]
    public void Get_Failure_IsAskedAgainTheNextTime()
    {
        var cache = new CompletionCache<string>(
            _ => ++_reads == 1 ? throw new IOException("gone") : Task.FromResult<IReadOnlyList<string>>(["a"]), _time);
        Until(() => cache.Get().Count == 1);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public void Get_FreshList_IsNotAskedForAgainUntilItIsOld()
    {
        var cache = Counting();
        Until(() => cache.Get() is ["1"]);
        _time.Advance(CompletionCache<string>.Freshness - TimeSpan.FromTicks(1));
        Assert.Equal(["1"], cache.Get());
        _time.Advance(TimeSpan.FromTicks(1));
        Until(() => cache.Get() is ["2"]);
    }

    [Fact]
    public void Outdate_FreshList_IsAskedForAgain()
    {
        var cache = Counting();
        Until(() => cache.Get() is ["1"]);
        cache.Outdate();
        Until(() => cache.Get() is ["2"]);
    }

    [Fact]
    public void Get_NewerListIsLate_ReturnsTheOldOne()
    {
        var late = new TaskCompletionSource<IReadOnlyList<string>>();
        var cache = new CompletionCache<string>(
            _ => ++_reads == 1 ? Task.FromResult<IReadOnlyList<string>>(["old"]) : late.Task, _time);
        Until(() => cache.Get() is ["old"]);
        cache.Outdate();
        Assert.Equal(["old"], cache.Get());
        late.SetResult(["new"]);
        Until(() => cache.Get() is ["new"]);
    }

    private CompletionCache<string> Counting() =>
        new(_ => Task.FromResult<IReadOnlyList<string>>([$"{Interlocked.Increment(ref _reads)}"]), _time);

    // On a busy machine even an answer that is ready may come after the patience is over.
    private static void Until(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, Limit), "It never came.");
}
