using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>Somebody who wants to know which addresses have accounts, and asks the recovery: answers and times tell nothing.</summary>
public sealed class RecoveryGuessTests : IAsyncLifetime
{
    private const int People = 40;

    private RunningVault _vault = null!; // set before the first test

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task Recovery_KnownAndUnknownAddresses_AnswerAlikeInWordsAndTime()
    {
        var addresses = new List<(string Email, bool IsKnown)>();
        for (var person = 0; person < People; person++)
        {
            using var known = new TestPerson(_vault);
            await known.RegisterAsync();
            addresses.Add((known.Email, true));
            addresses.Add(($"{Guid.NewGuid():N}@example.org", false));
        }

        using var guesser = new TestPerson(_vault);
        RandomNumberGenerator.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses));
        var warm = await TimeAsync(guesser, addresses[0].Email, WrongCode); // the connection, and code that was never run

        var requests = await TimeAllAsync(guesser, addresses, Request);
        await MailedAsync(); // every known address has a code to be guessed now
        await TimeAllAsync(guesser, addresses, WrongCode); // wakes whatever sleeps, for both alike
        var tries = await TimeAllAsync(guesser, addresses, WrongCode);
        foreach (var answers in new[] { requests, tries })
        {
            Assert.Single(answers.Select(answer => (answer.Status, answer.Body, answer.Headers)).Distinct());
            var chance = ChanceThatKnownIsSlower(answers);
            Assert.True(chance is > 0.2 and < 0.8, $"A guesser is right with a chance of {chance:0.00}.");
        }

        Assert.Equal(400, warm.Status);
    }

    private static HttpRequestMessage Request(string email) => new(HttpMethod.Post, Routes.Recovery)
    {
        Content = JsonContent.Create(new RecoveryRequest(email), ProtocolJson.Default.RecoveryRequest),
    };

    private static HttpRequestMessage WrongCode(string email)
    {
        var point = new byte[32];
        Cryptography.Primitives.Ristretto255.FromHash(point, RandomNumberGenerator.GetBytes(64));
        return new HttpRequestMessage(HttpMethod.Post, Routes.ResetStart)
        {
            Content = JsonContent.Create(
                new ResetStartRequest(email, "0000-0000-0000", point), ProtocolJson.Default.ResetStartRequest),
        };
    }

    private static async Task<IReadOnlyList<Answered>> TimeAllAsync(
        TestPerson guesser, IReadOnlyList<(string Email, bool IsKnown)> addresses, Func<string, HttpRequestMessage> ask)
    {
        var answers = new List<Answered>();
        foreach (var (email, isKnown) in addresses)
        {
            answers.Add(await TimeAsync(guesser, email, ask) with { IsKnown = isKnown });
        }

        return answers;
    }

    private static async Task<Answered> TimeAsync(TestPerson guesser, string email, Func<string, HttpRequestMessage> ask)
    {
        using var request = ask(email);
        var start = Stopwatch.GetTimestamp();
        using var response = await guesser.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        var time = Stopwatch.GetElapsedTime(start);
        var headers = string.Join(',', response.Headers.Select(header => header.Key).Order(StringComparer.Ordinal));
        return new Answered(false, time, (int)response.StatusCode, body, headers);
    }

    /// <summary>By rank, not by milliseconds (Mann and Whitney): 0.5 means that times tell nothing, however noisy the machine is.</summary>
    private static double ChanceThatKnownIsSlower(IReadOnlyList<Answered> answers)
    {
        var (known, unknown) = (answers.Where(answer => answer.IsKnown).ToList(), answers.Where(answer => !answer.IsKnown).ToList());
        var slower = known.Sum(one => unknown.Sum(other => one.Time > other.Time ? 1.0 : one.Time == other.Time ? 0.5 : 0));
        return slower / (known.Count * unknown.Count);
    }

    private async Task MailedAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_vault.Mail.Count < People)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private sealed record Answered(bool IsKnown, TimeSpan Time, int Status, string Body, string Headers);
}
