using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>Makes accounts.</summary>
public static class VaultAccount
{
    /// <summary>The shortest password accepted for a new account, in UTF-8 bytes.</summary>
    public const int MinPasswordLength = 8;

    /// <summary>Registers, then signs in; where the server confirms addresses, the mail says how to go on.</summary>
    /// <param name="server">Where.</param>
    /// <param name="email">The address, as typed.</param>
    /// <param name="password">UTF-8, at least <see cref="MinPasswordLength"/> bytes; it never leaves this machine.</param>
    /// <param name="options">How to connect; null for the usual.</param>
    /// <param name="cancellationToken">Stops at once; the account may then exist or not.</param>
    /// <returns>Also where the account exists, or may exist, and signing in failed: its recovery key is in no other place then, see
    /// <see cref="NewAccount.Failure"/>.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: the address has an account already;
    /// <see cref="VaultErrorCode.NotPermitted"/>, <see cref="VaultErrorCode.CodeInvalid"/>: the server wants an invitation, or another one.</exception>
    public static async Task<NewAccount> CreateAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        RequireLongEnough(password);

        options ??= new ConnectOptions();
        var recoveryKey = new NewRecoveryKey();
        try
        {
            var session = await VaultSession.OpenAsync(
                server, email, password, options,
                async (connection, hello, address) => !await Registration.RunAsync(
                    connection, hello.KeyStretching, address, password, recoveryKey, options.Invitation, cancellationToken).ConfigureAwait(false),
                options.ReconnectFor, cancellationToken).ConfigureAwait(false);
            return new NewAccount(session, recoveryKey.Key, null);
        }
        catch (Exception error) when (recoveryKey.MayCount)
        {
            return new NewAccount(null, recoveryKey.Key, recoveryKey.Counts
                ? VaultException.After(
                    error, "The account exists, but signing in to it failed.", "Keep the recovery key, and sign in with Connect-Vault.")
                : VaultException.After(
                    error, "Whether the account exists is not known.",
                    "Keep the recovery key. If Connect-Vault lets you in with your password, it is the account's; otherwise run New-VaultAccount "
                    + "again, whose key counts then."));
        }
        catch
        {
            recoveryKey.Dispose();
            throw;
        }
    }

    internal static void RequireLongEnough(SecretBytes password)
    {
        if (password.Length < MinPasswordLength)
        {
            throw new VaultException(
                VaultErrorCode.InvalidRequest, $"The password is shorter than {MinPasswordLength} characters.", "Choose a longer one.");
        }
    }

    /// <summary>Brings back the code that was mailed at the registration: from then on the account exists, and its owner can sign in.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.CodeInvalid"/>, <see cref="VaultErrorCode.TooManyRequests"/>.</exception>
    public static async Task ConfirmAsync(
        ServerAddress server, string email, string code, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(email);
        ArgumentNullException.ThrowIfNull(code);
        using var connection = new VaultConnection(server, options ?? new ConnectOptions());
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await connection.DoAsync(
            HttpMethod.Post, Routes.RegistrationConfirm, new ConfirmAddressRequest(email, code), ProtocolJson.Default.ConfirmAddressRequest,
            cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A fresh account: the recovery key that exists nowhere else and, unless something is in the way, a session.</summary>
public sealed class NewAccount : IAsyncDisposable
{
    private VaultSession? _session;

    internal NewAccount(VaultSession? session, RecoveryKey recoveryKey, Exception? failure)
    {
        _session = session;
        AwaitsConfirmation = session is null && failure is null;
        RecoveryKey = recoveryKey;
        Failure = failure;
    }

    /// <summary>
    /// Whether the account exists only once the code came back that was mailed, see <see cref="VaultAccount.ConfirmAsync"/>. Then there is
    /// no session yet.
    /// </summary>
    public bool AwaitsConfirmation { get; }

    /// <summary>Why there is no session though the account exists, or may exist: a <see cref="VaultException"/> that says what to do, or
    /// <see cref="OperationCanceledException"/>. Null where nothing failed.</summary>
    public Exception? Failure { get; }

    /// <summary>The session; outlives this object if it was taken with <see cref="TakeSession"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it was taken.</exception>
    public VaultSession Session => _session ?? throw new InvalidOperationException("There is no session.", Failure);

    /// <summary>Show it to the person once.</summary>
    public RecoveryKey RecoveryKey { get; }

    /// <summary>Hands the session over: it is no longer disposed with this object.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it was taken.</exception>
    public VaultSession TakeSession()
    {
        var session = Session;
        _session = null;
        return session;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        RecoveryKey.Dispose();
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
