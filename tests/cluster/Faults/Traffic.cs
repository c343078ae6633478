using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Vault.Client;

namespace Vault.Cluster.Tests.Faults;

/// <summary>
/// Many people's worth of work at once: sends, receives, grants and logins, each beginning the next when it ends.
/// What was acknowledged is kept, to be asked for afterwards.
/// </summary>
internal sealed class Traffic(People people, Load load, string round) : IDisposable
{
    // Nothing here takes so long, however busy the machine is: it hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ConcurrentDictionary<string, byte[]> _sent = new();
    private readonly ConcurrentDictionary<string, byte> _granted = new();
    private readonly ConcurrentQueue<Exception> _wrong = new();
    private readonly CancellationTokenSource _end = new();
    private int _received, _signedIn, _unanswered;
    private long _longest;

    /// <summary>How long the longest answer took to a plain question, asked over and over for each account.</summary>
    public TimeSpan LongestUnavailability => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    /// <summary>What was done, in a line.</summary>
    public override string ToString() =>
        $"{load.Workers} at once for {_clock.Elapsed.TotalSeconds:F0} s: {_sent.Count} sent, {_received} received, {_granted.Count} granted, {_signedIn} logins acknowledged; {_unanswered} answered with an error to try again; "
        + $"longest unavailability {LongestUnavailability.TotalSeconds:F1} s";

    /// <summary>Works until the fault is over.</summary>
    /// <param name="fault">What happens in the middle.</param>
    public async Task RunAsync(Func<Task> fault)
    {
        var work = Enumerable.Range(0, load.Senders).Select(worker => RepeatAsync(number => SendAsync(worker, number)))
            .Concat(Enumerable.Range(0, load.Receivers).Select(worker => RepeatAsync(_ => ReceiveAsync(worker))))
            .Concat(Enumerable.Range(0, load.Granters).Select(worker => RepeatAsync(number => GrantAsync(worker, number))))
            .Concat(Enumerable.Range(0, load.Logins).Select(worker => RepeatAsync(_ => SignInAsync(worker))))
            .Concat(people.Owners.Select(owner => ProbeAsync(owner)))
            .ToArray();
        try
        {
            await UntilAsync(() => _sent.Count >= load.Enough && !_granted.IsEmpty && _received > 0 && _signedIn > 0, "the work to begin");
            await fault();
            var before = _sent.Count;
            await UntilAsync(() => _sent.Count >= before + load.Enough, "the work to go on");
        }
        finally
        {
            await _end.CancelAsync();
            await Task.WhenAll(work).WaitAsync(Patience);
        }

        Assert.Empty(_wrong);
    }

    public void Dispose() => _end.Dispose();

    /// <summary>Whether everything that was acknowledged is there exactly once.</summary>
    public async Task RequireAllAsync()
    {
        var listed = new Dictionary<string, VaultFile>();
        foreach (var owner in people.Owners)
        {
            await foreach (var file in owner.ListAsync(default))
            {
                listed.Add(file.Name, file); // a name twice would throw
            }
        }

        Assert.Empty(_sent.Keys.Except(listed.Keys));
        foreach (var name in _sent.Keys.Take(40))
        {
            Assert.Equal(_sent[name], SHA256.HashData(await people.ReceiveAsync(people.OwnerOf(name), listed[name])));
        }

        // What an earlier round gave is there too; nothing is there twice.
        var received = new Dictionary<string, int>();
        await foreach (var file in people.Recipient.ListReceivedAsync(default))
        {
            var name = file.File?.Name ?? throw new InvalidOperationException("A share does not verify.", file.Error);
            received[name] = received.GetValueOrDefault(name) + 1;
        }

        Assert.Empty(_granted.Keys.Except(received.Keys));
        Assert.All(received, share => Assert.Equal(1, share.Value));
    }

    private async Task SendAsync(int worker, int number)
    {
        var name = People.Name(worker, $"{round}-{worker}-{number}");
        var content = RandomNumberGenerator.GetBytes(number % 10 == 9 ? 1_200_000 : 2_000);
        await people.SendAsync(people.OwnerOf(name), name, content);
        _sent[name] = SHA256.HashData(content);
    }

    private async Task ReceiveAsync(int worker)
    {
        var (file, hash) = people.Known[worker % people.Known.Count];
        Assert.Equal(hash, SHA256.HashData(await people.ReceiveAsync(people.OwnerOf(file.Name), file)));
        Interlocked.Increment(ref _received);
    }

    private async Task GrantAsync(int worker, int number)
    {
        var name = People.Name(worker, $"{round}-shared-{worker}-{number}");
        var content = RandomNumberGenerator.GetBytes(1_000);
        var file = await people.SendAsync(people.OwnerOf(name), name, content);
        _sent[name] = SHA256.HashData(content);
        if ((await people.OwnerOf(name).GrantAsync(file, [people.Recipient.Email], null, default))[0].Error is { } error)
        {
            throw error;
        }

        _granted[name] = 0;
    }

    private async Task SignInAsync(int worker)
    {
        await (await people.SignInAsync(worker)).DisposeAsync();
        Interlocked.Increment(ref _signedIn);
    }

    private Task ProbeAsync(VaultSession session) => RepeatAsync(async _ =>
    {
        var clock = Stopwatch.GetTimestamp();
        try
        {
            await session.GetStatusAsync(default);
        }
        finally
        {
            var took = Stopwatch.GetElapsedTime(clock).Ticks;
            for (var longest = Interlocked.Read(ref _longest); took > longest; longest = Interlocked.Read(ref _longest))
            {
                Interlocked.CompareExchange(ref _longest, took, longest);
            }
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20));
    });

    private async Task RepeatAsync(Func<int, Task> work)
    {
        for (var number = 0; !_end.IsCancellationRequested; number++)
        {
            try
            {
                await work(number);
            }
            catch (VaultException error) when (error.Code is VaultErrorCode.ServerBusy or VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerUnreachable)
            {
                Interlocked.Increment(ref _unanswered); // and so not acknowledged
            }
            catch (Exception error)
            {
                _wrong.Enqueue(error);
                return;
            }
        }
    }

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var waited = Stopwatch.StartNew(); !condition();)
        {
            Assert.Empty(_wrong);
            Assert.True(waited.Elapsed < Patience, $"Waited {waited.Elapsed.TotalSeconds:F0} s for {what}: {this}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
