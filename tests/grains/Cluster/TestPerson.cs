using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests;

/// <summary>Somebody with an address, a password and a connection, who speaks the real client's OPAQUE.</summary>
internal sealed class TestPerson
{
    private static readonly OpaqueClient Opaque = new(new NoStretching());
    private readonly TestVault _vault;
    private readonly byte[] _password;

    public TestPerson(TestVault vault, string? email = null, string password = "correct horse")
    {
        _vault = vault;
        Email = email ?? $"{Guid.NewGuid():N}@example.org";
        _password = Encoding.UTF8.GetBytes(password);
        Connect();
    }

    public string Email { get; }

    public string Address { get; set; } = "203.0.113.7";

    public byte[] SigningSeed { get; init; } = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);

    public byte[] Ring { get; } = RandomNumberGenerator.GetBytes(200);

    public AccountId Account { get; private set; }

    public SessionKey Session { get; private set; }

    public byte[] HandshakeHash { get; private set; } = [];

    public SignInOrigin Origin => new(Session, HandshakeHash, Address);

    public Caller Caller => new(Account, Session);

    public IUserGrain Grain => _vault.User(Account);

    /// <summary>The connection that another one has: the same person, with another password.</summary>
    public void ConnectAs(TestPerson other) => (Session, HandshakeHash) = (other.Session, other.HandshakeHash);

    /// <summary>A fresh connection with a fresh key.</summary>
    public void Connect()
    {
        Assert.True(SessionKey.TryRead(RandomNumberGenerator.GetBytes(32), out var key));
        Session = key;
        HandshakeHash = RandomNumberGenerator.GetBytes(32);
    }

    public SignedProfile Profile(string? email = null, byte[]? seed = null)
    {
        var key = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(key, SigningSeed);
        return SignedProfile.Sign(
            new Profile(1, email ?? Email, "age1pq1test", key, "vaultserver1test", null), seed ?? SigningSeed);
    }

    public async Task<RegistrationFinishRequest> PrepareRegistrationAsync()
    {
        var (state, request) = Opaque.StartRegistration(_password);
        var reply = Expect.Value(
            await _vault.SignIn.StartRegistration(new RegistrationStartRequest(Email, request), Origin));
        using var registration = await Opaque.FinishRegistrationAsync(state, reply.RegistrationResponse);
        return new RegistrationFinishRequest(
            Email, registration.Record, Ring, RandomNumberGenerator.GetBytes(200), Profile());
    }

    public async Task<TestPerson> RegisterAsync()
    {
        var request = await PrepareRegistrationAsync();
        Account = Assert.NotNull(Expect.Value(await _vault.SignIn.FinishRegistration(request, Origin)).Account);
        return this;
    }

    /// <summary>The person's next profile, with the keys of <paramref name="seed"/> and the word of those before if they sign it.</summary>
    public SignedProfile NextProfile(byte[] seed, bool isSigned = false)
    {
        var key = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(key, seed);
        var next = new Profile(2, Email, "age1pq1other", key, "vaultserver1test", Profile().Hash());
        return isSigned ? SignedProfile.SignNext(next, seed, SigningSeed) : SignedProfile.Sign(next, seed);
    }

    /// <summary>Spends a code, and makes what ends the reset: with the recovery key unless told otherwise.</summary>
    public async Task<(Outcome<ResetStartReply> Start, ResetFinishRequest? Finish)> StartResetAsync(
        string code, string password = "another horse", Func<NewKeys>? newKeys = null)
    {
        var (state, request) = Opaque.StartRegistration(Encoding.UTF8.GetBytes(password));
        using (state)
        {
            var start = await _vault.SignIn.StartReset(new ResetStartRequest(Email, code, request), Origin);
            if (!start.Succeeded(out var reply, out _))
            {
                return (start, null);
            }

            using var registration = await Opaque.FinishRegistrationAsync(state, reply.RegistrationResponse);
            var ring = RandomNumberGenerator.GetBytes(200);
            var proof = newKeys is null ? RecoveryProof.Sign(HandshakeHash, registration.Record, ring, SigningSeed) : null;
            return (start, new ResetFinishRequest(Email, registration.Record, ring, proof, newKeys?.Invoke()));
        }
    }

    /// <summary>Closes the account, in the session that the person has.</summary>
    public Task<Outcome<Done>> TryCloseAsync(string? code = null, byte[]? seed = null) => Grain.CloseAccount(
        Session,
        new CloseAccountRequest(ClosingProof.Sign(Account, Convert.FromHexString(Session.ToString()), seed ?? SigningSeed), code),
        new ClientAddress(Address));

    public async Task<Outcome<LoginStartReply>> TryStartLoginAsync()
    {
        var (state, ke1) = Opaque.StartLogin(_password);
        using (state)
        {
            return await _vault.SignIn.StartLogin(new LoginStartRequest(Email, ke1), Origin);
        }
    }

    /// <summary>KE1 and KE2, and the KE3 to send.</summary>
    public async Task<LoginFinishRequest> PrepareLoginAsync(byte[]? handshakeHash = null)
    {
        var (state, ke1) = Opaque.StartLogin(_password);
        var reply = Expect.Value(await _vault.SignIn.StartLogin(new LoginStartRequest(Email, ke1), Origin));
        using var login = await Opaque.FinishLoginAsync(
            state, reply.Ke2, (byte[])[.. "Vault/1 login"u8, .. handshakeHash ?? HandshakeHash]);
        return new LoginFinishRequest(Email, [.. login.Ke3], "a laptop");
    }

    public async Task<TestPerson> LoginAsync()
    {
        var reply = Expect.Value(await _vault.SignIn.FinishLogin(await PrepareLoginAsync(), Origin));
        Account = reply.Account;
        return this;
    }

    private sealed class NoStretching : IKeyStretching
    {
        public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken) =>
            Task.FromResult(input.Copy());
    }
}
