using Vault.Cryptography.Primitives;

namespace Vault.Client;

/// <summary>Makes accounts.</summary>
public static class VaultAccount
{
    /// <summary>The shortest password accepted for a new account, in UTF-8 bytes.</summary>
    public const int MinPasswordLength = 8;

    /// <summary>Registers, then signs in.</summary>
    /// <param name="server">Where.</param>
    /// <param name="email">The address, as typed.</param>
    /// <param name="password">UTF-8, at least <see cref="MinPasswordLength"/> bytes; it never leaves this machine.</param>
    /// <param name="options">How to connect; null for the usual.</param>
    /// <param name="cancellationToken">Stops at once; the account may then exist or not.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: the address has an account already.</exception>
    public static async Task<NewAccount> CreateAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        RequireLongEnough(password);

        RecoveryKey? recoveryKey = null;
        try
        {
            var session = await VaultSession.OpenAsync(
                server, email, password, options,
                async (connection, hello, address) => recoveryKey = await Registration.RunAsync(
                    connection, hello.KeyStretching, address, password, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            return new NewAccount(session, recoveryKey!); // the session opened, so the registration ran
        }
        catch
        {
            recoveryKey?.Dispose();
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
}

/// <summary>A fresh account: signed in, with the recovery key that exists nowhere else.</summary>
public sealed class NewAccount : IAsyncDisposable
{
    internal NewAccount(VaultSession session, RecoveryKey recoveryKey) => (Session, RecoveryKey) = (session, recoveryKey);

    /// <summary>The session; outlives this object if it was taken with <see cref="TakeSession"/>.</summary>
    public VaultSession Session { get; private set; }

    /// <summary>Show it to the person once.</summary>
    public RecoveryKey RecoveryKey { get; }

    /// <summary>Hands the session over: it is no longer disposed with this object.</summary>
    public VaultSession TakeSession()
    {
        var session = Session;
        Session = null!; // taken: nobody asks for it again
        return session;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        RecoveryKey.Dispose();
        if (Session is not null)
        {
            await Session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
