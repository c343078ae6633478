using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.Pending;
using Vault.Grains.SignIn;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <inheritdoc cref="IUserGrain" />
/// <remarks>In parts by idea: here session and profile; SignIn, SecondFactor, Access, Sessions, Recovery, Keys, Sends, Copies, Files, Trash, Shares, Contacts; Settling,
/// which finishes what a crash left; Retention; and Closing.</remarks>
internal sealed partial class UserGrain : EventSourcedGrain<UserState, UserEvent>, IUserGrain
{
    private readonly AccountId _account;
    private readonly SignInDesk _desk;
    private readonly PendingWork _work;
    private readonly AccountErasure _erasure;
    private readonly CodeLimits _codeLimits;
    private readonly SessionLimits _sessionLimits;
    private readonly SendLimits _sendLimits;
    private readonly RetentionLimits _retention;
    private readonly IBlobStore _content;
    private readonly ILogger _logger;
    private readonly AttemptCounter _attempts;
    private readonly PendingLogins _pending;
    private readonly AttemptBucket _lookups;

    public UserGrain(
        IGrainContext context, EventSourcingServices services, SignInDesk desk, PendingWork work, AccountErasure erasure,
        IOptions<CodeLimits> codeLimits, IOptions<SessionLimits> sessionLimits, IOptions<SendLimits> sendLimits, IOptions<LookupLimits> lookupLimits,
        IOptions<RetentionLimits> retention, [FromKeyedServices(BlobStores.Content)] IBlobStore content, ILogger<UserGrain> logger)
        : base(context, UserAggregate.Definition, services)
    {
        _account = AccountId.TryParse(context.GrainId.Key.ToString(), out var account)
            ? account
            : throw new ArgumentException("The key of a user grain is an account id.", nameof(context));
        _desk = desk;
        _work = work;
        _erasure = erasure;
        _codeLimits = codeLimits.Value;
        _sessionLimits = sessionLimits.Value;
        _sendLimits = sendLimits.Value;
        _retention = retention.Value;
        _content = content;
        _logger = logger;
        _attempts = new AttemptCounter(desk.Limits);
        _pending = new PendingLogins(desk.Limits);
        _codeAttempts = new AttemptCounter(_codeLimits.ToAttempts());
        _awaitingCode = new PendingLogins(desk.Limits);
        _lookups = new AttemptBucket(
            new AttemptLimits { Capacity = lookupLimits.Value.Capacity, Refill = lookupLimits.Value.Refill });
    }

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _unsettled.UnionWith(State.Sends.Open.Keys);
        SweepKeysLater();
    }

    public Task<Outcome<SessionReply>> GetSession(SessionKey session)
    {
        var now = Now;
        if (State.Account is { } owner && State.AccessKeys.Find(session, now) is { } key)
        {
            return Task.FromResult<Outcome<SessionReply>>(new SessionReply(
                _account, owner.Email, key.Name, key.CreatedAt, key.ExpiresAt, State.UsedBytes, _sendLimits.QuotaBytes));
        }

        if (State.Account is not { } account || State.Sessions.Find(session, now) is not { } running)
        {
            return Task.FromResult<Outcome<SessionReply>>(NotAuthenticated());
        }

        Touch(running, Now);
        return Task.FromResult<Outcome<SessionReply>>(new SessionReply(
            _account, account.Email, running.Device, running.StartedAt, running.ExpiresAt, State.UsedBytes,
            _sendLimits.QuotaBytes));
    }

    public async Task<Outcome<Done>> EndSession(SessionKey session)
    {
        await ChangeAsync(Now, state => state.Sessions.DecideEnd(session));
        return Done.Value;
    }

    public Task<Outcome<SignedProfile>> GetProfile() => Task.FromResult<Outcome<SignedProfile>>(
        State.Account is { } account
            ? account.Profile
            : new Problem(ErrorCode.NotFound, "There is no such account."));

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _pending.Dispose();
        _awaitingCode.Dispose();
        base.Dispose(disposing);
    }

    private static Problem NotAuthenticated() => new(ErrorCode.NotAuthenticated, "Log in first.");

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);

    private static Problem Unavailable() =>
        new(ErrorCode.StorageUnavailable, "The server could not reach its storage. Try again.", 5);

    private bool IsRunning(SessionKey session, DateTimeOffset now)
    {
        if (State.Sessions.Find(session, now) is not { } running)
        {
            return false;
        }

        Touch(running, now);
        return true;
    }

    private static Problem NoFile() => new(ErrorCode.NotFound, "There is no such file.");

    private IFileGrain File(FileId file) => GrainFactory.GetGrain<IFileGrain>(file.ToString());
}
