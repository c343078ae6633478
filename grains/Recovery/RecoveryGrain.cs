using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.Mail;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <inheritdoc cref="IRecoveryGrain" />
internal sealed class RecoveryGrain : EventSourcedGrain<RecoveryState, RecoveryEvent>, IRecoveryGrain
{
    private readonly AccountId _account;
    private readonly MailCodes _codes;
    private readonly Outbox _outbox;
    private readonly RecoveryLimits _limits;
    private int _pendingTries;
    private IGrainTimer? _storing;

    public RecoveryGrain(
        IGrainContext context, EventSourcingServices services, MailCodes codes, Outbox outbox, IOptions<RecoveryLimits> limits)
        : base(context, RecoveryState.Definition, services)
    {
        _account = AccountId.TryParse(context.GrainId.Key.ToString(), out var account)
            ? account
            : throw new ArgumentException("The key of a recovery grain is an account id.", nameof(context));
        _codes = codes;
        _outbox = outbox;
        _limits = limits.Value;
    }

    public async Task Request()
    {
        var now = Now;
        var request = CommandId.New();
        if (RecoveryDecisions.Request(State, request, now, _limits).Event is null)
        {
            return; // whoever asked was told the same as always
        }

        var mail = await _outbox.PrepareAsync(_account, RecoveryMail.Kind, request.ToString(), now);
        if (await ChangeAsync(now, state => RecoveryDecisions.Request(state, request, now, _limits)) is null)
        {
            _outbox.Send(mail);
        }
    }

    public async Task<Outcome<IssuedCode>> Issue(CommandId request, byte[] hash)
    {
        var now = Now;
        return await ChangeAsync(now, state => RecoveryDecisions.Issue(state, request, hash, now, _limits)) is { } refusal
            ? refusal
            : new IssuedCode(now + _limits.CodeLifetime);
    }

    public async Task<Outcome<OpenedReset>> Open(MailedCode code, SignInOrigin origin, int generation, bool lacksFactor)
    {
        var now = Now;
        var hash = _codes.Hash(RecoveryMail.Purpose, _account, code.Text);
        if (await ChangeAsync(now, Decide) is { } refusal)
        {
            if (refusal.Code != ErrorCode.CodeRequired)
            {
                CountWrongTry();
            }

            return refusal;
        }

        return new OpenedReset(generation, now + _limits.CodeLifetime);

        Decision<RecoveryEvent> Decide(RecoveryState state) =>
            RecoveryDecisions.Open(state, hash, ChannelOf(origin), generation, lacksFactor, _pendingTries, now, _limits);
    }

    public Task<Outcome<OpenedReset>> Find(SignInOrigin origin) => Task.FromResult<Outcome<OpenedReset>>(
        RecoveryDecisions.Find(State, ChannelOf(origin), Now) is { } reset
            ? new OpenedReset(reset.Generation, reset.ExpiresAt)
            : RecoveryDecisions.WrongCode);

    public async Task Close()
    {
        var now = Now;
        await ChangeAsync(now, state => RecoveryDecisions.Close(state, now));
    }

    public async Task EraseClosed()
    {
        var user = GrainFactory.GetGrain<IUserGrain>(_account.ToString());
        if ((await user.GetProfile()).Succeeded(out _, out _))
        {
            return;
        }

        _pendingTries = 0;
        await EraseStreamAsync();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await StoreTriesAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    // SHA-256(handshake hash ‖ connection's key): the connection, without naming it in the stream.
    private static byte[] ChannelOf(SignInOrigin origin) =>
        SHA256.HashData((byte[])[.. origin.HandshakeHash, .. Convert.FromHexString(origin.SessionKey.ToString())]);

    /// <summary>Counts at once, and stores some time after the caller has its answer: an answer that waited for storage would tell that there is a
    /// code to be guessed, and so an account.</summary>
    private void CountWrongTry()
    {
        _pendingTries++;
        _storing ??= this.RegisterGrainTimer(
            StoreTriesAsync,
            new GrainTimerCreationOptions(AfterAnswer.Pause(), Timeout.InfiniteTimeSpan) { Interleave = true });
    }

    private async Task StoreTriesAsync()
    {
        _storing?.Dispose();
        _storing = null;
        var counted = _pendingTries;
        await ChangeAsync(Now, state => counted == 0 || state.Codes.IsEmpty
            ? Decision<RecoveryEvent>.Nothing
            : new CodesTried(counted));
        _pendingTries -= counted;
    }
}
