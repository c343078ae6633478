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
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: the address has an account already;
    /// <see cref="VaultErrorCode.NotPermitted"/>, <see cref="VaultErrorCode.CodeInvalid"/>: the server wants an invitation, or another one.</exception>
    public static async Task<NewAccount> CreateAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (password.Length < MinPasswordLength)
        {
            throw new VaultException(
                VaultErrorCode.InvalidRequest, $"The password is shorter than {MinPasswordLength} characters.", "Choose a longer one.");
        }

        RecoveryKey? recoveryKey = null;
        try
        {
            var isMailed = false;
            var session = await VaultSession.OpenAsync(
                server, email, password, options,
                async (connection, hello, address) =>
                {
                    (recoveryKey, isMailed) = await Registration.RunAsync(
                        connection, hello.KeyStretching, address, password, options?.Invitation, cancellationToken).ConfigureAwait(false);
                    return !isMailed;
                },
                cancellationToken).ConfigureAwait(false);
            return new NewAccount(session, recoveryKey!); // the registration ran
        }
        catch
        {
            recoveryKey?.Dispose();
            throw;
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

/// <summary>A fresh account: signed in, with the recovery key that exists nowhere else.</summary>
public sealed class NewAccount : IAsyncDisposable
{
    private VaultSession? _session;

    internal NewAccount(VaultSession? session, RecoveryKey recoveryKey)
    {
        _session = session;
        AwaitsConfirmation = session is null;
        RecoveryKey = recoveryKey;
    }

    /// <summary>
    /// Whether the account exists only once the code came back that was mailed, see <see cref="VaultAccount.ConfirmAsync"/>. Then there is
    /// no session yet.
    /// </summary>
    public bool AwaitsConfirmation { get; }

    /// <summary>The session; outlives this object if it was taken with <see cref="TakeSession"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it was taken.</exception>
    public VaultSession Session => _session ?? throw new InvalidOperationException("There is no session.");

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
