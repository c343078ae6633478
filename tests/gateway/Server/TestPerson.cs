using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Vault.Client.Channel;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>Somebody who speaks the protocol by hand: every request as a test writes it, over the real channel.</summary>
internal sealed class TestPerson : IDisposable
{
    private static readonly OpaqueClient Opaque = new(new NoStretching());
    private static readonly byte[] Password = Encoding.UTF8.GetBytes("correct horse");

    private readonly SecretBytes _sessionKey;
    private readonly NoiseConnector _connector;

    public TestPerson(RunningVault vault, string? email = null, SecretBytes? key = null)
    {
        _sessionKey = key ?? SecretBytes.Random(X25519.KeyLength);
        Email = email ?? $"{Guid.NewGuid():N}@example.org";
        _connector = new NoiseConnector(
            "127.0.0.1", vault.Server.Port, _sessionKey, _ => true, TimeSpan.FromSeconds(30));
        Http = _connector.CreateHttpClient();
    }

    public HttpClient Http { get; private set; }

    public string Email { get; }

    public byte[] SigningSeed { get; init; } = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);

    public byte[] Ring { get; } = RandomNumberGenerator.GetBytes(200);

    public AccountId Account { get; private set; }

    /// <summary>Somebody new, registered and signed in.</summary>
    public static async Task<TestPerson> SignUpAsync(RunningVault vault)
    {
        var person = new TestPerson(vault);
        await person.RegisterAsync();
        await person.LoginAsync();
        return person;
    }

    public void Dispose()
    {
        Http.Dispose();
        _sessionKey.Dispose();
    }

    /// <summary>Somebody who holds a key that signs in without a password, on a connection that proves it.</summary>
    public static TestPerson WithKey(RunningVault vault, TestPerson owner, SecretBytes key)
    {
        var holder = new TestPerson(vault, owner.Email, key) { SigningSeed = owner.SigningSeed, Account = owner.Account };
        holder.Reconnect(owner.Account);
        return holder;
    }

    /// <summary>Drops the connection; the next has the same key and says it is this account's.</summary>
    public void Reconnect(AccountId account)
    {
        Http.Dispose();
        _connector.Payload = VaultId.ToBytes(account);
        Http = _connector.CreateHttpClient();
    }

    public async Task<RegistrationFinishReply> RegisterAsync(string? invitation = null)
    {
        using var response = await TryRegisterAsync(invitation);
        return await response.ReadAsync(ProtocolJson.Default.RegistrationFinishReply);
    }

    public async Task<HttpResponseMessage> TryRegisterAsync(string? invitation = null)
    {
        var (state, request) = Opaque.StartRegistration(Password);
        var start = await PostAsync(
            Routes.RegistrationStart, new RegistrationStartRequest(Email, request),
            ProtocolJson.Default.RegistrationStartRequest, ProtocolJson.Default.RegistrationStartReply);
        using var registration = await Opaque.FinishRegistrationAsync(state, start.RegistrationResponse);
        var finish = new RegistrationFinishRequest(Email, registration.Record, Ring, RandomNumberGenerator.GetBytes(200), Profile(), invitation);
        return await Http.PostAsJsonAsync(Routes.RegistrationFinish, finish, ProtocolJson.Default.RegistrationFinishRequest);
    }

    public Task<HttpResponseMessage> ConfirmAsync(string code) => Http.PostAsJsonAsync(
        Routes.RegistrationConfirm, new ConfirmAddressRequest(Email, code), ProtocolJson.Default.ConfirmAddressRequest);

    public async Task<LoginFinishReply> LoginAsync()
    {
        var reply = await PostAsync(
            Routes.LoginFinish, await PrepareLoginAsync(),
            ProtocolJson.Default.LoginFinishRequest, ProtocolJson.Default.LoginFinishReply);
        Account = reply.Account;
        return reply;
    }

    /// <summary>KE1 and KE2, and the KE3 to send.</summary>
    public async Task<LoginFinishRequest> PrepareLoginAsync()
    {
        var (state, ke1) = Opaque.StartLogin(Password);
        var start = await PostAsync(
            Routes.LoginStart, new LoginStartRequest(Email, ke1),
            ProtocolJson.Default.LoginStartRequest, ProtocolJson.Default.LoginStartReply);
        var hash = _connector.HandshakeHash!.Value.ToArray(); // connected by the request above
        using var login = await Opaque.FinishLoginAsync(state, start.Ke2, (byte[])[.. "Vault/1 login"u8, .. hash]);
        return new LoginFinishRequest(Email, [.. login.Ke3], "a laptop");
    }

    public async Task<TReply> PostAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType)
        where TReply : class
    {
        using var response = await Http.PostAsJsonAsync(path, request, requestType);
        return await response.ReadAsync(replyType);
    }

    public async Task<TReply> PutAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType)
        where TReply : class
    {
        using var response = await Http.PutAsJsonAsync(path, request, requestType);
        return await response.ReadAsync(replyType);
    }

    public async Task<TReply> GetAsync<TReply>(string path, JsonTypeInfo<TReply> replyType)
        where TReply : class
    {
        using var response = await Http.GetAsync(path);
        return await response.ReadAsync(replyType);
    }

    /// <summary>Sends a request that a test made; HTTP/2 is all that the server speaks.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return Http.SendAsync(request);
    }

    public SignedProfile Profile()
    {
        var key = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(key, SigningSeed);
        return SignedProfile.Sign(new Profile(1, Email, "age1pq1test", key, "vaultserver1test", null), SigningSeed);
    }

    private sealed class NoStretching : IKeyStretching
    {
        public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken) =>
            Task.FromResult(input.Copy());
    }
}

/// <summary>Reads answers and fails a test that got another one.</summary>
internal static class Answer
{
    internal static async Task<T> ReadAsync<T>(this HttpResponseMessage response, JsonTypeInfo<T> type)
        where T : class
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}: {Encoding.UTF8.GetString(body)}");
        return ProtocolJson.TryRead(body, type) ?? throw new InvalidOperationException("The answer has another form.");
    }

    /// <summary>The answer is this problem, in the form of RFC 9457, and tells nothing of the inside.</summary>
    internal static async Task<Problem> IsProblemAsync(this HttpResponseMessage response, ErrorCode code, int? status = null)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        var problem = ProtocolJson.TryRead(body, ProtocolJson.Default.Problem);
        Assert.True(problem is not null, $"{response.StatusCode}: {Encoding.UTF8.GetString(body)}");
        Assert.Equal(code, problem.Code);
        Assert.Equal(status ?? problem.Status, (int)response.StatusCode);
        Assert.Equal(Problem.MediaType, response.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(problem.Detail);
        Assert.DoesNotContain("Exception", problem.Detail, StringComparison.Ordinal);
        return problem;
    }
}
