using Vault.Client.Keys;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>Gets back into an account whose password is lost: a code by mail, then a new password.</summary>
public static class VaultRecovery
{
    private const int TypedCodes = 3;

    /// <summary>Asks for a code. The answer is the same whether the address has an account or not.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TooManyRequests"/>.</exception>
    public static async Task RequestAsync(
        ServerAddress server, string email, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var address = VaultSession.Parse(email);
        using var connection = new VaultConnection(server, options ?? new ConnectOptions());
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await connection.DoAsync(
            HttpMethod.Post, Routes.Recovery, new RecoveryRequest(address.Value), ProtocolJson.Default.RecoveryRequest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets a new password with a mailed code, and signs in with it. Every session of before has ended then.</summary>
    /// <param name="server">A server whose key is known: pinned in the address, or met before on this machine.</param>
    /// <param name="email">The address, as typed.</param>
    /// <param name="code">From the mail; used up by this, whatever comes of it, but for <see cref="VaultErrorCode.CodeRequired"/>: then it
    /// stays good.</param>
    /// <param name="password">The new one, UTF-8, at least <see cref="VaultAccount.MinPasswordLength"/> bytes.</param>
    /// <param name="recoveryKey">With it nothing is lost.</param>
    /// <param name="confirm">
    /// Without the recovery key: asked with everything that will no longer open, before anything changes; false ends the reset.
    /// </param>
    /// <param name="options">How to connect; null for the usual. <see cref="ConnectOptions.OneTimeCode"/> and
    /// <see cref="ConnectOptions.AskForCode"/> are used where the account has a second factor: for the reset, or with the recovery key for the
    /// login that follows.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>Also where there is a new recovery key that is the account's, or may be, and signing in failed: see
    /// <see cref="RecoveredAccount.Failure"/>.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.CodeInvalid"/>, <see cref="VaultErrorCode.CodeRequired"/>, <see cref="VaultErrorCode.WrongRecoveryKey"/>,
    /// <see cref="VaultErrorCode.ConfirmationNeeded"/>, <see cref="VaultErrorCode.ServerUnknown"/>: nothing has changed.</exception>
    public static async Task<RecoveredAccount> ResetAsync(
        ServerAddress server, string email, string code, SecretBytes password, RecoveryKey? recoveryKey,
        Func<IReadOnlyList<LostFile>, Task<bool>> confirm, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(confirm);
        options ??= new ConnectOptions();
        VaultAccount.RequireLongEnough(password);
        RequirePinned(server, options);
        var newKey = recoveryKey is null ? new NewRecoveryKey() : null;
        var change = newKey ?? new KeyChange();
        try
        {
            var session = await VaultSession.OpenAsync(
                server, email, password, options with { AcceptServerKey = null, AcceptUnknownServer = false },
                async (connection, hello, address) =>
                {
                    await RunAsync(
                        connection, hello.KeyStretching, address, code, password, recoveryKey, newKey, change, confirm, options,
                        cancellationToken).ConfigureAwait(false);
                    return true;
                },
                options.ReconnectFor, cancellationToken).ConfigureAwait(false);
            return new RecoveredAccount(session, newKey?.Key, null); // there is one: it goes on, see above
        }
        catch (Exception error) when (newKey is { MayCount: true })
        {
            return new RecoveredAccount(null, newKey.Key, Explain(error, newKey.Counts, hasNewKey: true));
        }
        catch (VaultException error) when (change.MayCount)
        {
            throw Explain(error, change.Counts, hasNewKey: false);
        }
        catch
        {
            newKey?.Dispose();
            throw;
        }
    }

    private static bool IsCodeMissing(Exception error) =>
        error is VaultException { Code: VaultErrorCode.CodeRequired or VaultErrorCode.CodeInvalid };

    // Only who gives the right password is asked for a one-time code.
    private static Exception Explain(Exception error, bool isDone, bool hasNewKey) => (IsCodeMissing(error), isDone) switch
    {
        (true, _) => VaultException.After(
            error, "The password is the new one, but signing in with it needs the account's one-time code too.",
            "Run Connect-Vault -OneTimeCode with the new password."),
        (_, true) => VaultException.After(
            error, "The password is the new one, but signing in with it failed.",
            hasNewKey
                ? "Keep the new recovery key, and run Connect-Vault with the new password."
                : "Run Connect-Vault with the new password."),
        _ => VaultException.After(
            error, "Whether the password was reset is not known.",
            hasNewKey
                ? "Keep the new recovery key and the one before. If Connect-Vault lets you in with the new password, the new key is the account's; "
                    + "otherwise request another code."
                : "If Connect-Vault lets you in with the new password, it was; otherwise request another code."),
    };

    // A code typed to a stranger is the stranger's.
    private static void RequirePinned(ServerAddress server, ConnectOptions options)
    {
        if (server.Key is null && new KnownServers(options.StateFolder).Find(server) is null)
        {
            throw new VaultException(
                VaultErrorCode.ServerUnknown, $"This machine does not know the key of {server}, and a code must not go to a stranger.",
                $"Give the server as the mail has it, with its key: {server}#vaultserver1…");
        }
    }

    /// <param name="newKey">Where there is no <paramref name="recoveryKey"/>, and only there; it is the <paramref name="change"/> then.</param>
    private static async Task RunAsync(
        VaultConnection connection, KeyStretching stretching, EmailAddress address, string code, SecretBytes password,
        RecoveryKey? recoveryKey, NewRecoveryKey? newKey, KeyChange change, Func<IReadOnlyList<LostFile>, Task<bool>> confirm,
        ConnectOptions options, CancellationToken cancellationToken)
    {
        var client = new OpaqueClient(KeyStretchings.Use(stretching));
        var (state, request) = client.StartRegistration(password.Span);
        using (state)
        {
            var start = new ResetStartRequest(address.Value, code, request, recoveryKey is not null || options.OneTimeCode is not null);
            var opened = await StartAsync(connection, start, options, cancellationToken).ConfigureAwait(false);
            options = opened.Options;
            var reply = opened.Reply;
            var channel = connection.HandshakeHash.ToArray();
            var present = CheckProfile(reply, address, connection.ServerKey);
            using var registration = await Registration.FinishAsync(client, state, reply.RegistrationResponse, cancellationToken).ConfigureAwait(false);
            if (newKey is null)
            {
                await KeepAsync(
                    connection, reply, address, registration, recoveryKey!, change, channel, cancellationToken).ConfigureAwait(false); // see above
            }
            else
            {
                await ReplaceAsync(
                    connection, reply, present, address, registration, newKey, confirm, options, channel, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Spends the mailed code, once what the account wants besides is at hand.</summary>
    private static async Task<(ResetStartReply Reply, ConnectOptions Options)> StartAsync(
        VaultConnection connection, ResetStartRequest request, ConnectOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return (await SendAsync(request).ConfigureAwait(false), options);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.CodeRequired && options.HasCode)
        {
            if (await options.CodeAsync(cancellationToken).ConfigureAwait(false) is not { } code)
            {
                throw;
            }

            return (await SendAsync(request with { HasSecondFactor = true }).ConfigureAwait(false), options with { OneTimeCode = code });
        }

        Task<ResetStartReply> SendAsync(ResetStartRequest sent) => connection.PostAsync(
            Routes.ResetStart, sent, ProtocolJson.Default.ResetStartRequest, ProtocolJson.Default.ResetStartReply, cancellationToken, retry: false);
    }

    /// <summary>With the recovery key: the same ring under the new password.</summary>
    private static async Task KeepAsync(
        VaultConnection connection, ResetStartReply start, EmailAddress address, OpaqueRegistration registration, RecoveryKey recoveryKey,
        KeyChange change, byte[] channel, CancellationToken cancellationToken)
    {
        using var ring = KeyRing.TryOpen(start.RecoverySealedKeyRing, recoveryKey.Bytes, FileKeySchedule.RecoveryKeyRing);
        if (ring is null || !ring.Owns(start.Profile, address, connection.ServerKey))
        {
            throw new VaultException(
                VaultErrorCode.WrongRecoveryKey, "The recovery key does not open this account's key ring. Nothing has changed.",
                "Find the newest recovery key, and request another code: this one is used up.");
        }

        var box = ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing);
        var proof = RecoveryProof.Sign(channel, registration.Record, box, ring.SigningSeed.Span);
        await FinishAsync(
            connection, new ResetFinishRequest(address.Value, registration.Record, box, proof, null), start, change, channel, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Without it: a new ring, once the person has seen what that costs.</summary>
    private static async Task ReplaceAsync(
        VaultConnection connection, ResetStartReply start, Profile present, EmailAddress address, OpaqueRegistration registration,
        NewRecoveryKey newKey, Func<IReadOnlyList<LostFile>, Task<bool>> confirm, ConnectOptions options, byte[] channel,
        CancellationToken cancellationToken)
    {
        var losses = await ReadLossesAsync(connection, address, cancellationToken).ConfigureAwait(false);
        if (!await confirm(losses).ConfigureAwait(false))
        {
            throw new VaultException(
                VaultErrorCode.ConfirmationNeeded, $"Without the recovery key {losses.Count} files would no longer open. Nothing has changed.",
                "Request another code, then use -RecoveryKey, or -Force to go on without it.");
        }

        using var ring = KeyRing.Generate(hasLost: true);
        var keys = new NewKeys(
            ring.Seal(newKey.Key.Bytes, FileKeySchedule.RecoveryKeyRing),
            ring.FollowProfile(present, start.Profile, address, connection.ServerKey));
        var finish = new ResetFinishRequest(
            address.Value, registration.Record, ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing), null, keys,
            options.OneTimeCode);
        for (var typed = 1; ; typed++)
        {
            try
            {
                await FinishAsync(connection, finish, start, newKey, channel, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (VaultException error) when (error.Code == VaultErrorCode.CodeInvalid && options.AskForCode is not null
                && typed < TypedCodes && connection.HandshakeHash.Span.SequenceEqual(channel))
            {
                // Mistyped, or the next one came meanwhile: the reset is still open on this connection.
                if (await options.AskForCode(cancellationToken).ConfigureAwait(false) is not { } again)
                {
                    throw;
                }

                finish = finish with { OneTimeCode = again };
            }
        }
    }

    private static async Task<IReadOnlyList<LostFile>> ReadLossesAsync(
        VaultConnection connection, EmailAddress address, CancellationToken cancellationToken)
    {
        var losses = new List<LostFile>();
        FileId? after = null;
        do
        {
            var page = await connection.PostAsync(
                Routes.ResetLosses, new LossesRequest(address.Value, after, LossesRequest.MaxLimit), ProtocolJson.Default.LossesRequest,
                ProtocolJson.Default.LossesPage, cancellationToken, retry: false).ConfigureAwait(false);
            if (page.Next is { } next && after is { } last && next.Value.CompareTo(last.Value) <= 0)
            {
                throw VaultException.Forged("The server's list does not end.");
            }

            losses.AddRange(page.Files.Select(entry => new LostFile(entry.File, entry.IsReceived, entry.StoredLength, entry.StoredAt)));
            after = page.Next;
        }
        while (after is not null);
        return losses;
    }

    private static async Task FinishAsync(
        VaultConnection connection, ResetFinishRequest finish, ResetStartReply start, KeyChange change, byte[] channel,
        CancellationToken cancellationToken)
    {
        if (!connection.HandshakeHash.Span.SequenceEqual(channel))
        {
            throw Interrupted(null);
        }

        try
        {
            var finishing = connection.PostAsync(
                Routes.ResetFinish, finish, ProtocolJson.Default.ResetFinishRequest, ProtocolJson.Default.ResetFinishReply,
                cancellationToken, retry: false);
            await change.CommitAsync(finishing).ConfigureAwait(false);
            if ((await finishing.ConfigureAwait(false)).Account != start.Account)
            {
                throw VaultException.Forged("The server reset another account.");
            }
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.ServerUnreachable)
        {
            // Done or not: the login that follows with the new password shows which.
        }
        catch (VaultException error)
            when (error.Code == VaultErrorCode.CodeInvalid && !connection.HandshakeHash.Span.SequenceEqual(channel))
        {
            throw Interrupted(error);
        }
    }

    private static VaultException Interrupted(Exception? cause) => new(
        VaultErrorCode.CodeInvalid, "The connection broke in the middle of the reset. Nothing has changed.", "Request another code.", cause);

    private static Profile CheckProfile(ResetStartReply start, EmailAddress address, ServerKey server) =>
        start.Profile.Verify() is { } profile && profile.Email == address.Value && profile.ServerKey == server.ToString()
            ? profile
            : throw VaultException.Forged("The server shows a profile that is not this account's.");
}

/// <summary>A file that only the key ring opens which is lost without the recovery key.</summary>
/// <param name="Id">The file; its name is sealed.</param>
/// <param name="IsReceived">Whether somebody gave it; its owner can give it again.</param>
/// <param name="StoredLength">What it takes on the server, in bytes.</param>
/// <param name="StoredAt">When its newest version was stored.</param>
public sealed record LostFile(FileId Id, bool IsReceived, long StoredLength, DateTimeOffset StoredAt);
