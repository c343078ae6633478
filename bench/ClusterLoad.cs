using System.Diagnostics;
using System.Globalization;
using Vault.Client;

namespace Vault.Bench;

/// <summary>A person on the cluster: signed in, with a file to receive.</summary>
internal sealed record ClusterPerson(string Email, VaultSession Session, VaultFile File);

/// <summary>
/// People who list, send, receive and sign in at a pace that leaves the machine time, and how long the longest answer of
/// each kind took. Whoever waits for an answer asks nothing else, and everybody asks once more when it is there.
/// </summary>
internal sealed class ClusterLoad
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500), LoginPace = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (int Count, double Longest)> _kinds = [];
    private readonly Lock _lock = new();
    private int _errors;

    /// <summary>The kinds of request, in the order of the report.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["list", "login", "send of 2 KB", "receive of 2 KB"];

    /// <summary>Requests that ended with an error; each was asked again.</summary>
    public int Errors => _errors;

    /// <summary>How many answers of a kind there were, and the seconds that the longest took.</summary>
    public (int Count, double Longest) this[string kind] => _kinds.GetValueOrDefault(kind);

    /// <summary>Asks for so long.</summary>
    /// <param name="people">Each lists, sends and receives; the first few sign in too.</param>
    /// <param name="logins">How many of them.</param>
    /// <param name="folder">For sources and targets.</param>
    /// <param name="connect">Signs somebody in.</param>
    /// <param name="time">For how long.</param>
    public async Task RunAsync(
        IReadOnlyList<ClusterPerson> people, int logins, string folder, Func<string, Task<VaultSession>> connect, TimeSpan time)
    {
        var source = Path.Combine(folder, "source");
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(people.SelectMany((person, index) => new[]
        {
            RepeatAsync(Kinds[0], Pace, clock, time, async _ => await person.Session.ListAsync(default).AnyAsync()),
            index >= logins ? Task.CompletedTask : RepeatAsync(
                Kinds[1], LoginPace, clock, time, async _ => await (await connect(person.Email)).DisposeAsync()),
            RepeatAsync(Kinds[2], Pace, clock, time, _ => person.Session.SendAsync(source, "sent again and again", null, null, default)),
            RepeatAsync(Kinds[3], Pace, clock, time, async number =>
            {
                var target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"target-{index}-{number}"));
                await person.Session.ReceiveAsync(person.File, target, null, null, default);
                File.Delete(target);
            }),
        }));
    }

    private async Task RepeatAsync(string kind, TimeSpan pace, Stopwatch clock, TimeSpan time, Func<int, Task> ask)
    {
        await Task.Delay(pace * Random.Shared.NextDouble()); // so that they do not all ask at once
        for (var number = 0; clock.Elapsed < time; number++)
        {
            var began = clock.Elapsed;
            while (true)
            {
                try
                {
                    await ask(number);
                    break;
                }
                catch (VaultException error) when (error.Code is VaultErrorCode.ServerBusy or VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerUnreachable)
                {
                    Interlocked.Increment(ref _errors);
                    await Task.Delay(50);
                }
            }

            var took = (clock.Elapsed - began).TotalSeconds;
            lock (_lock)
            {
                var (count, longest) = _kinds.GetValueOrDefault(kind);
                _kinds[kind] = (count + 1, Math.Max(longest, took));
            }

            await Task.Delay(pace);
        }
    }
}
