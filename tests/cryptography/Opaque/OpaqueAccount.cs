using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Opaque;

/// <summary>A server with one registered account, and the steps of a login as the tests take them apart.</summary>
internal sealed class OpaqueAccount : IDisposable
{
    private OpaqueAccount(OpaqueServerKeys keys)
    {
        Keys = keys;
        Server = new OpaqueServer(keys);
    }

    public static OpaqueClient Client { get; } = new(new IdentityKeyStretching());

    public static byte[] Identifier => "ada@example.org"u8.ToArray();

    public static byte[] Context => "Vault/1 login, handshake 1"u8.ToArray();

    public static byte[] Password => "correct horse battery staple"u8.ToArray();

    public OpaqueServerKeys Keys { get; }

    public OpaqueServer Server { get; }

    public byte[] Record { get; private set; } = [];

    /// <summary>Registers; a test may meddle with the request and the response on their way.</summary>
    public static async Task<OpaqueAccount> RegisterAsync(
        Action<byte[]>? onRequest = null, Action<byte[]>? onResponse = null)
    {
        var account = new OpaqueAccount(OpaqueServerKeys.Generate());
        var (state, request) = Client.StartRegistration(Password);
        onRequest?.Invoke(request);
        var response = account.Server.CreateRegistrationResponse(request, Identifier);
        onResponse?.Invoke(response);
        using var registered = await Client.FinishRegistrationAsync(state, response);
        account.Record = registered.Record;
        return account;
    }

    /// <summary>A login up to KE3; a test may meddle with KE1 and KE2 on their way.</summary>
    public async Task<(OpaqueLogin Login, OpaqueServerState State)> LoginAsync(
        Action<byte[]>? onKe1 = null, Action<byte[]>? onKe2 = null)
    {
        var (login, ke1) = Client.StartLogin(Password);
        onKe1?.Invoke(ke1);
        var (ke2, state) = Server.GenerateKe2(ke1, Record, Identifier, Context);
        onKe2?.Invoke(ke2);
        return (await Client.FinishLoginAsync(login, ke2, Context), state);
    }

    /// <summary>That a login ends as one with a wrong password does.</summary>
    public async Task AssertRefusedAsync(Action<byte[]>? onKe1 = null, Action<byte[]>? onKe2 = null)
    {
        var error = await Assert.ThrowsAsync<CryptographyException>(() => LoginAsync(onKe1, onKe2));
        Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
    }

    /// <summary>An element that differs from whatever stands in a message, with a valid encoding.</summary>
    public static byte[] OtherElement()
    {
        Span<byte> scalar = stackalloc byte[Ristretto255.ScalarLength];
        var element = new byte[Ristretto255.ElementLength];
        Ristretto255.RandomScalar(scalar);
        Ristretto255.MultiplyGenerator(element, scalar);
        return element;
    }

    public void Dispose() => Keys.Dispose();
}
