using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Opaque;

public sealed class OpaqueClientTests
{
    [Fact]
    public async Task FinishLoginAsync_EachLogin_HasTheSameExportKeyAndAnotherSessionKey()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (first, firstState) = await account.LoginAsync();
        var (second, secondState) = await account.LoginAsync();
        using (first)
        using (second)
        using (firstState)
        using (secondState)
        {
            Assert.Equal(first.ExportKey.Span, second.ExportKey.Span);
            Assert.False(first.SessionKey.Span.SequenceEqual(second.SessionKey.Span));
            Assert.Equal(account.Keys.PublicKey, first.ServerPublicKey);
        }
    }

    [Fact]
    public async Task FinishRegistrationAsync_SamePasswordAgain_GivesAnotherRecordAndExportKey()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        using var first = await RegisterAsync(account);
        using var second = await RegisterAsync(account);

        Assert.NotEqual(first.Record, second.Record);
        Assert.False(first.ExportKey.Span.SequenceEqual(second.ExportKey.Span));
    }

    [Fact]
    public async Task FinishLoginAsync_SecondKe2_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();
        (await OpaqueAccount.Client.FinishLoginAsync(login, ke2, OpaqueAccount.Context)).Dispose();

        var error = await Assert.ThrowsAsync<CryptographyException>(
            () => OpaqueAccount.Client.FinishLoginAsync(login, ke2, OpaqueAccount.Context));

        Assert.Equal(CryptographyError.ProtocolOrder, error.Reason);
    }

    [Fact]
    public async Task FinishRegistrationAsync_SecondResponse_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (state, request) = OpaqueAccount.Client.StartRegistration(OpaqueAccount.Password);
        var response = account.Server.CreateRegistrationResponse(request, OpaqueAccount.Identifier);
        (await OpaqueAccount.Client.FinishRegistrationAsync(state, response)).Dispose();

        var error = await Assert.ThrowsAsync<CryptographyException>(
            () => OpaqueAccount.Client.FinishRegistrationAsync(state, response));

        Assert.Equal(CryptographyError.ProtocolOrder, error.Reason);
    }

    [Fact]
    public async Task FinishLoginAsync_OtherKeyStretching_IsRefusedLikeAWrongPassword()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var client = new OpaqueClient(new Argon2idKeyStretching(KeyStretchingParameters.Default));
        var (login, ke1) = client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();

        var error = await Assert.ThrowsAsync<CryptographyException>(
            () => client.FinishLoginAsync(login, ke2, OpaqueAccount.Context));

        Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
    }

    [Fact]
    public async Task FinishLoginAsync_KeyStretchingFails_SpendsTheStateAndTellsWhy()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var client = new OpaqueClient(new FailingKeyStretching());
        var (login, ke1) = client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();

        await Assert.ThrowsAsync<InsufficientMemoryException>(
            () => client.FinishLoginAsync(login, ke2, OpaqueAccount.Context));

        Assert.Throws<ObjectDisposedException>(() => login.KeysharePrivate.Span.Length);
    }

    [Fact]
    public async Task FinishLoginAsync_Cancelled_IsCancelled()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OpaqueAccount.Client.FinishLoginAsync(
            login, ke2, OpaqueAccount.Context, cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void StartLogin_PasswordTooLong_IsRefused()
    {
        var password = new byte[OpaqueSuite.MaxFieldLength + 1];

        Assert.Throws<ArgumentException>(() => OpaqueAccount.Client.StartLogin(password));
        Assert.Throws<ArgumentException>(() => OpaqueAccount.Client.StartRegistration(password));
    }

    [Fact]
    public async Task Dispose_OfResults_ZeroesTheirKeys()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();
        state.Dispose();

        login.Dispose();

        Assert.Throws<ObjectDisposedException>(() => login.SessionKey.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => login.ExportKey.Span.Length);
    }

    private static async Task<OpaqueRegistration> RegisterAsync(OpaqueAccount account)
    {
        var (state, request) = OpaqueAccount.Client.StartRegistration(OpaqueAccount.Password);
        return await OpaqueAccount.Client.FinishRegistrationAsync(
            state, account.Server.CreateRegistrationResponse(request, OpaqueAccount.Identifier));
    }

    private sealed class FailingKeyStretching : IKeyStretching
    {
        public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken) =>
            Task.FromException<SecretBytes>(new InsufficientMemoryException());
    }
}
