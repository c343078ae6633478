using System.Text.Json;
using Vault.Cryptography.Opaque;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Opaque;

/// <summary>RFC 9807 appendix C through the public entry points, with only the randomness injected.</summary>
public sealed class OpaqueVectorTests
{
    private const string File = "rfc9807-opaque-ristretto255.json";

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task RegistrationAndLogin_PublishedInputs_GivePublishedMessagesAndKeys(int index)
    {
        using var document = Vectors.Open(File);
        var vector = new Vector(document, index);
        using var keys = vector.Keys();
        Assert.Equal(vector.Input("server_public_key"), keys.PublicKey);

        var registrar = new OpaqueClient(new IdentityKeyStretching(), vector.Randomness("blind_registration"));
        var (registration, request) = registrar.StartRegistration(vector.Input("password"));
        Assert.Equal(vector.Output("registration_request"), request);

        var server = new OpaqueServer(keys, vector.Randomness(""));
        var response = server.CreateRegistrationResponse(request, vector.Input("credential_identifier"));
        Assert.Equal(vector.Output("registration_response"), response);

        using var registered = await registrar.FinishRegistrationAsync(
            registration, response, vector.Input("client_identity"), vector.Input("server_identity"));
        Assert.Equal(vector.Output("registration_upload"), registered.Record);
        Assert.Equal(vector.Output("export_key"), registered.ExportKey.Span);
        Assert.Equal(vector.Input("server_public_key"), registered.ServerPublicKey);

        var client = new OpaqueClient(new IdentityKeyStretching(), vector.Randomness("blind_login"));
        var (login, ke1) = client.StartLogin(vector.Input("password"));
        Assert.Equal(vector.Output("KE1"), ke1);

        var (ke2, state) = server.GenerateKe2(
            ke1, registered.Record, vector.Input("credential_identifier"), vector.Context,
            vector.Input("client_identity"), vector.Input("server_identity"));
        Assert.Equal(vector.Output("KE2"), ke2);

        using var loggedIn = await client.FinishLoginAsync(
            login, ke2, vector.Context, vector.Input("client_identity"), vector.Input("server_identity"));
        Assert.Equal(vector.Output("KE3"), loggedIn.Ke3);
        Assert.Equal(vector.Output("session_key"), loggedIn.SessionKey.Span);
        Assert.Equal(vector.Output("export_key"), loggedIn.ExportKey.Span);
        Assert.Equal(vector.Input("server_public_key"), loggedIn.ServerPublicKey);

        Assert.True(OpaqueServer.TryFinishLogin(state, loggedIn.Ke3, out var sessionKey));
        using (sessionKey)
        {
            Assert.Equal(vector.Output("session_key"), sessionKey.Span);
        }
    }

    [SkippableFact]
    public void GenerateKe2_PublishedFakeRecord_GivesPublishedKe2()
    {
        using var document = Vectors.Open(File);
        var vector = new Vector(document, 2);
        using var keys = vector.Keys();
        var server = new OpaqueServer(keys, vector.Randomness(""));
        byte[] record =
        [
            .. vector.Input("client_public_key"),
            .. vector.Input("masking_key"),
            .. new byte[OpaqueSuite.EnvelopeLength],
        ];

        var (ke2, state) = server.GenerateKe2(
            vector.Input("KE1"), record, vector.Input("credential_identifier"), vector.Context,
            vector.Input("client_identity"), vector.Input("server_identity"));

        state.Dispose();
        Assert.Equal(vector.Output("KE2"), ke2);
    }

    [SkippableFact]
    public void Vectors_File_HoldsTwoRealOnesAndOneFake()
    {
        using var document = Vectors.Open(File);

        Assert.Equal(
            ["False", "False", "True"],
            document.RootElement.EnumerateArray().Select(v => v.GetProperty("config").GetProperty("Fake").GetString()));
    }

    private sealed class Vector(JsonDocument document, int index)
    {
        private readonly JsonElement _vector = document.RootElement[index];

        public byte[] Context => Hex("config", "Context");

        /// <summary>Empty when the vector has none, as for identities.</summary>
        public byte[] Input(string name) => Hex("inputs", name);

        public byte[] Output(string name)
        {
            var output = Hex("outputs", name);
            Assert.NotEmpty(output);
            return output;
        }

        public OpaqueServerKeys Keys() => new(
            Input("oprf_seed"), Input("server_private_key"), new byte[OpaqueServerKeys.FakeRecordKeyLength]);

        public RandomSource Randomness(string blindName) => (purpose, destination) => Input(purpose switch
        {
            OpaqueRandomness.Blind => blindName,
            OpaqueRandomness.EnvelopeNonce => "envelope_nonce",
            OpaqueRandomness.ClientNonce => "client_nonce",
            OpaqueRandomness.ClientKeyshareSeed => "client_keyshare_seed",
            OpaqueRandomness.MaskingNonce => "masking_nonce",
            OpaqueRandomness.ServerNonce => "server_nonce",
            OpaqueRandomness.ServerKeyshareSeed => "server_keyshare_seed",
            _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
        }).CopyTo(destination);

        private byte[] Hex(string group, string name) => _vector.GetProperty(group).TryGetProperty(name, out var value)
            ? Convert.FromHexString(value.GetString() ?? "")
            : [];
    }
}
