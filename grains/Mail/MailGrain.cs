using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MimeKit;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Mail;

/// <inheritdoc cref="IMailGrain" />
/// <remarks>Tries again with growing pauses until the mail is handed over or <see cref="MailOptions.GiveUpAfter"/> has passed. What it
/// says is kept in memory only, so after a restart it is written anew.</remarks>
internal sealed class MailGrain : Grain, IMailGrain
{
    // An entry whose event is still being stored is not unwanted yet.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly MailId _id;
    private readonly Outbox _outbox;
    private readonly IMailTransport _transport;
    private readonly IServiceProvider _services;
    private readonly EventSourcingServices _clock;
    private readonly MailOptions _options;
    private readonly ILogger _logger;
    private ComposedMail? _composed;
    private IGrainTimer? _timer;
    private int _failures;

    public MailGrain(
        IGrainContext context, Outbox outbox, IMailTransport transport, IServiceProvider services, EventSourcingServices clock,
        IOptions<MailOptions> options, ILogger<MailGrain> logger)
    {
        _id = VaultId.TryParse<MailId>(context.GrainId.Key.ToString(), out var id)
            ? id
            : throw new ArgumentException("The key of a mail grain is a mail id.", nameof(context));
        _outbox = outbox;
        _transport = transport;
        _services = services;
        _clock = clock;
        _options = options.Value;
        _logger = logger;
    }

    private DateTimeOffset Now => _clock.Time.GetUtcNow();

    public Task Deliver()
    {
        // A timer and not this call: whoever asks does not wait, and a second asker changes nothing.
        _timer ??= this.RegisterGrainTimer(TryAsync, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _outbox.ReadAsync(_id) is not { } mail || await HandOverAsync(mail, cancellationToken))
            {
                DeactivateOnIdle();
                return;
            }
        }
        catch (StorageUnavailableException)
        {
            _failures++; // the guard has told the operator; the entry is still there
        }

        TryLater();
    }

    /// <summary>One attempt. Whatever it fails with is a failure of the attempt: nobody else would try again, or give the mail up.</summary>
    /// <returns>Whether the mail is done with.</returns>
    private async Task<bool> HandOverAsync(QueuedMail mail, CancellationToken cancellationToken)
    {
        var now = Now;
        try
        {
            if (_composed is null || _composed.FreshUntil <= now)
            {
                _composed = await Composer(mail).ComposeAsync(mail);
            }

            if (_composed is not { } composed)
            {
                return mail.QueuedAt + Grace <= now && await ForgetAsync();
            }

            using var message = MailRenderer.Render(
                _id, composed, new MailboxAddress(_options.SenderName, _options.SenderAddress), now);
            await _transport.SendAsync(message, cancellationToken);
            return await ForgetAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _failures++;
            if (mail.QueuedAt + _options.GiveUpAfter <= now)
            {
                _logger.MailGivenUp(e, _id, mail.Kind, mail.Account, _failures);
                return await ForgetAsync();
            }

            _logger.MailNotSent(e, _id, mail.Kind, _failures);
            return false;
        }
    }

    private async Task<bool> ForgetAsync()
    {
        await _outbox.RemoveAsync(_id);
        return true;
    }

    private void TryLater()
    {
        var doubled = _options.FirstRetry * Math.Pow(2, Math.Clamp(_failures - 1, 0, 20));
        var pause = doubled < _options.MaxRetry ? doubled : _options.MaxRetry;
        DelayDeactivation(pause + Grace);
        _timer?.Change(pause, Timeout.InfiniteTimeSpan);
    }

    private IMailComposer Composer(QueuedMail mail) => _services.GetRequiredKeyedService<IMailComposer>(mail.Kind);
}
