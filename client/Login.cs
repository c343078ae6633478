using System.Text;
using Vault.Client.Channel;
using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>OPAQUE login (RFC 9807) over one connection, whose handshake hash is in the context: it dies on any other channel.</summary>
internal static class Login
{
    private static readonly byte[] ContextLabel = Encoding.ASCII.GetBytes("Vault/1 login");

    private const int Attempts = 3;

    /// <summary>Signs in and opens the key ring; afterwards the connection's key is a session.</summary>
    /// <remarks>A login lives and dies with one connection, so one that is interrupted starts anew. The server lets a key
    /// that has a session already start it again: a lost last answer costs nothing.</remarks>
    /// <param name="connection">Where.</param>
    /// <param name="stretching">What the server asks for.</param>
    /// <param name="email">Who.</param>
    /// <param name="password">UTF-8.</param>
    /// <param name="options">How.</param>
    /// <param name="patience">How long it is begun anew after the first attempts; zero for those alone.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.LoginFailed"/>, or the server does not fit the account.</exception>
    internal static async Task<LoggedIn> RunAsync(
        VaultConnection connection, KeyStretching stretching, EmailAddress email, SecretBytes password, ConnectOptions options,
        TimeSpan patience, CancellationToken cancellationToken)
    {
        var backOff = new BackOff(patience, TimeProvider.System);
        for (var attempt = 1; ; attempt++)
        {
            var handshake = ReadOnlyMemory<byte>.Empty;
            var isProven = false;
            try
            {
                return await TryAsync(
                    connection, stretching, email, password, options, used => handshake = used, () => isProven = true,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (VaultException error) when (IsInterrupted(error, handshake, connection) || IsForgotten(error, isProven))
            {
                if (attempt < Attempts)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), cancellationToken).ConfigureAwait(false);
                }
                else if (!await backOff.WaitAsync(TimeSpan.FromSeconds(error.RetryAfterSeconds ?? 0), cancellationToken).ConfigureAwait(false))
                {
                    if (IsForgotten(error, isProven))
                    {
                        throw new VaultException(
                            VaultErrorCode.ServerBusy, "The password is right, but the server lost the login several times.",
                            "Try again in a moment.", error);
                    }

                    throw;
                }
            }
        }
    }

    // KE2 opened, so the password is right: the login was lost with the silo that kept it.
    private static bool IsForgotten(VaultException error, bool isProven) => isProven && error.Code == VaultErrorCode.LoginFailed;

    // "Login failed" over another connection than the login began on says nothing about the password.
    private static bool IsInterrupted(VaultException error, ReadOnlyMemory<byte> handshake, VaultConnection connection) => error.Code switch
    {
        VaultErrorCode.ServerUnreachable or VaultErrorCode.ServerBusy or VaultErrorCode.StorageUnavailable => true,
        VaultErrorCode.LoginFailed => !handshake.IsEmpty && !handshake.Span.SequenceEqual(connection.HandshakeHash.Span),
        _ => false,
    };

    private static async Task<LoggedIn> TryAsync(
        VaultConnection connection, KeyStretching stretching, EmailAddress email, SecretBytes password, ConnectOptions options,
        Action<ReadOnlyMemory<byte>> useHandshake, Action prove, CancellationToken cancellationToken)
    {
        var client = new OpaqueClient(KeyStretchings.Use(stretching));
        var (state, ke1) = client.StartLogin(password.Span);
        using (state)
        {
            var start = await connection.PostAsync(
                Routes.LoginStart, new LoginStartRequest(email.Value, ke1), ProtocolJson.Default.LoginStartRequest,
                ProtocolJson.Default.LoginStartReply, cancellationToken, retry: false).ConfigureAwait(false);
            var handshake = connection.HandshakeHash;
            useHandshake(handshake);
            byte[] context = [.. ContextLabel, .. handshake.Span];
            using var login = await FinishAsync(client, state, start.Ke2, context, cancellationToken).ConfigureAwait(false);
            prove();
            var reply = await ProveAsync(connection, email, login.Ke3, options, cancellationToken).ConfigureAwait(false);
            connection.UseAccount(reply.Account);
            var ring = KeyRing.TryOpen(reply.SealedKeyRing, login.ExportKey, FileKeySchedule.PasswordKeyRing)
                ?? throw VaultException.Forged("The key ring that the server sent is not the one that was stored.");
            if (ring.Owns(reply.Profile, email, connection.ServerKey))
            {
                return new LoggedIn(reply, ring, FileKeySchedule.Derive(login.ExportKey, FileKeySchedule.PasswordKeyRing));
            }

            ring.Dispose();
            throw VaultException.Forged("The server publishes a profile for this account that is not its own.");
        }
    }

    // The code travels only behind a password that was accepted, and only where the account wants one.
    private static async Task<LoginFinishReply> ProveAsync(
        VaultConnection connection, EmailAddress email, byte[] ke3, ConnectOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.PostAsync(
                Routes.LoginFinish, new LoginFinishRequest(email.Value, ke3, options.Device), ProtocolJson.Default.LoginFinishRequest,
                ProtocolJson.Default.LoginFinishReply, cancellationToken, retry: false).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.CodeRequired && options.HasCode)
        {
            if (await options.CodeAsync(cancellationToken).ConfigureAwait(false) is not { } code)
            {
                throw;
            }

            return await connection.PostAsync(
                Routes.LoginCode, new LoginCodeRequest(email.Value, code, options.Device), ProtocolJson.Default.LoginCodeRequest,
                ProtocolJson.Default.LoginFinishReply, cancellationToken, retry: false).ConfigureAwait(false);
        }
    }

    private static async Task<OpaqueLogin> FinishAsync(
        OpaqueClient client, OpaqueLoginState state, byte[] ke2, byte[] context, CancellationToken cancellationToken)
    {
        try
        {
            return await client.FinishLoginAsync(state, ke2, context, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (CryptographyException error)
        {
            // Wrong password, unknown e-mail and a relayed login look alike, here as on the server.
            throw new VaultException(
                VaultErrorCode.LoginFailed, "The e-mail or the password is wrong.", "Check the e-mail and the password.", error);
        }
    }
}

/// <summary>What a login leaves.</summary>
/// <param name="Ring">The caller's to dispose.</param>
/// <param name="SealingKey">What the ring is sealed under; the caller's to dispose.</param>
internal sealed record LoggedIn(LoginFinishReply Reply, KeyRing Ring, SecretBytes SealingKey) : IDisposable
{
    public void Dispose()
    {
        Ring.Dispose();
        SealingKey.Dispose();
    }
}

/// <summary>Checks the key stretching that a server asks for: never cheaper than the floor, never dearer than the ceiling.</summary>
internal static class KeyStretchings
{
    internal static IKeyStretching Use(KeyStretching asked)
    {
        try
        {
            return new Argon2idKeyStretching(KeyStretchingParameters.Create(asked.MemoryKiB, asked.Iterations, asked.Parallelism));
        }
        catch (CryptographyException error)
        {
            throw new VaultException(
                VaultErrorCode.IntegrityFailed,
                $"The server asks for Argon2id with {asked.MemoryKiB} KiB, {asked.Iterations} passes, {asked.Parallelism} lanes, which this client refuses.",
                "Do not use this server: weak parameters would let it guess your password.", error);
        }
    }
}
