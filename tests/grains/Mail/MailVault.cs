using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vault.Grains.Mail;
using Vault.Protocol;

namespace Vault.Grains.Tests.Mail;

/// <summary>A vault whose mail goes where a test says, and whose operator's log the test reads.</summary>
internal sealed class MailVault : IAsyncDisposable
{
    private const string Kind = "test";

    private MailVault(TestVault vault, Composer composer, OperatorLog log)
    {
        Vault = vault;
        Composer = composer;
        Log = log;
    }

    public TestVault Vault { get; }

    public Composer Composer { get; }

    public OperatorLog Log { get; }

    public static async Task<MailVault> StartAsync(Action<MailOptions> configure)
    {
        var (composer, log) = (new Composer(), new OperatorLog());
        var vault = await TestVault.StartAsync(services =>
        {
            services.AddKeyedSingleton<IMailComposer>(Kind, composer);
            services.AddLogging(logging => logging.AddProvider(log));
            services.Configure<MailOptions>(mail =>
            {
                mail.Timeout = TimeSpan.FromSeconds(1);
                mail.FirstRetry = mail.MaxRetry = TimeSpan.FromMilliseconds(20);
                configure(mail);
            });
        });
        composer.Now = vault.Time.GetUtcNow;
        return new MailVault(vault, composer, log);
    }

    /// <summary>Queues a mail; it leaves by itself.</summary>
    public async Task<QueuedMail> SendAsync()
    {
        var outbox = Vault.Service<Outbox>();
        var mail = await outbox.PrepareAsync(AccountId.New(), Kind, "a test", Vault.Time.GetUtcNow());
        outbox.Send(mail);
        return mail;
    }

    /// <summary>Waits until the outbox has nothing left of a mail.</summary>
    public Task ForgottenAsync(QueuedMail mail) => Until.HoldsAsync(
        async () => await Vault.Service<Outbox>().ReadAsync(mail.Id) is null, "The mail stayed in the outbox.");

    public ValueTask DisposeAsync() => Vault.DisposeAsync();
}

/// <summary>Writes mails with a code that is another one each time.</summary>
internal sealed class Composer : IMailComposer
{
    private int _composed;

    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.MinValue;

    public TimeSpan? Freshness { get; set; }

    public bool IsWanted { get; set; } = true;

    public int Composed => _composed;

    /// <summary>What it fails with, if with anything.</summary>
    public Exception? Failure { get; set; }

    public Task<ComposedMail?> ComposeAsync(QueuedMail mail)
    {
        if (Failure is { } failure)
        {
            return Task.FromException<ComposedMail?>(failure);
        }

        var number = Interlocked.Increment(ref _composed);
        Assert.True(EmailAddress.TryParse("ada@example.org", out var address));
        return Task.FromResult(IsWanted
            ? new ComposedMail(
                address,
                new MailText("A test of <mail>",
                [
                    MailBlock.Paragraph("Grüße & <b>words</b>."), MailBlock.Code($"CODE-{number}"),
                    MailBlock.Command("Reset-VaultPassword -Server 'host#key'"),
                ]),
                Freshness is { } freshness ? Now() + freshness : null)
            : null);
    }
}

/// <summary>What an operator sees.</summary>
internal sealed class OperatorLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = [];

    public IEnumerable<string> Errors => _lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.Text);

    public string All => string.Join('\n', _lines.Select(line => line.Text));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception?.Message}"));

    public void Dispose()
    {
    }
}

/// <summary>Waits, within a bound, for something that happens by itself.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task HoldsAsync(Func<Task<bool>> holds, string otherwise)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            Assert.False(patience.IsCancellationRequested, otherwise);
            await Task.Delay(10);
        }
    }
}
