using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Vault.Cryptography.Opaque;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Opaque;

/// <summary>
/// Both halves against an independent implementation, npm <c>@serenity-kit/opaque</c> (Rust's opaque-ke), with the
/// product's own Argon2id. Its context is fixed and empty.
/// </summary>
public sealed class OpaqueInteropTests
{
    private const string Account = "ada@example.org";
    private const string Password = "correct horse battery staple";
    private static readonly Argon2idKeyStretching Argon2id = new(KeyStretchingParameters.Default);

    [Fact]
    public async Task OurClient_TheirServer_AgreeOnSessionAndExportKeys()
    {
        await using var peer = await Peer.StartAsync();
        var client = new OpaqueClient(Argon2id);
        var setup = (string?)await peer.CallAsync("server.createSetup", null);

        var (registration, request) = client.StartRegistration(Encoding.UTF8.GetBytes(Password));
        var response = await peer.CallAsync("server.createRegistrationResponse", new JsonObject
        {
            ["serverSetup"] = setup,
            ["userIdentifier"] = Account,
            ["registrationRequest"] = Encode(request),
        });
        using var registered = await client.FinishRegistrationAsync(
            registration, Decode(response, "registrationResponse"));

        var (login, ke1) = client.StartLogin(Encoding.UTF8.GetBytes(Password));
        var answer = await peer.CallAsync("server.startLogin", new JsonObject
        {
            ["serverSetup"] = setup,
            ["userIdentifier"] = Account,
            ["registrationRecord"] = Encode(registered.Record),
            ["startLoginRequest"] = Encode(ke1),
        });
        using var loggedIn = await client.FinishLoginAsync(login, Decode(answer, "loginResponse"), context: default);
        var accepted = await peer.CallAsync("server.finishLogin", new JsonObject
        {
            ["serverLoginState"] = (string?)answer?["serverLoginState"],
            ["finishLoginRequest"] = Encode(loggedIn.Ke3),
        });

        Assert.Equal(Decode(accepted, "sessionKey"), loggedIn.SessionKey.Span);
        Assert.Equal(registered.ExportKey.Span, loggedIn.ExportKey.Span);
        Assert.Equal(registered.ServerPublicKey, loggedIn.ServerPublicKey);
    }

    [Theory]
    [InlineData(Password)]
    [InlineData("wrong password")]
    public async Task TheirClient_OurServer_AgreeIfThePasswordIsRight(string attempt)
    {
        await using var peer = await Peer.StartAsync();
        using var keys = OpaqueServerKeys.Generate();
        var server = new OpaqueServer(keys);
        var identifier = Encoding.UTF8.GetBytes(Account);

        var started = await peer.CallAsync("client.startRegistration", new JsonObject { ["password"] = Password });
        var response = server.CreateRegistrationResponse(Decode(started, "registrationRequest"), identifier);
        var registered = await peer.CallAsync("client.finishRegistration", new JsonObject
        {
            ["password"] = Password,
            ["registrationResponse"] = Encode(response),
            ["clientRegistrationState"] = (string?)started?["clientRegistrationState"],
            ["keyStretching"] = TheirKeyStretching(),
        });
        var record = Decode(registered, "registrationRecord");
        OpaqueServer.ValidateRecord(record);

        var login = await peer.CallAsync("client.startLogin", new JsonObject { ["password"] = attempt });
        var (ke2, state) = server.GenerateKe2(Decode(login, "startLoginRequest"), record, identifier, context: default);
        using (state)
        {
            var finished = await peer.CallAsync("client.finishLogin", new JsonObject
            {
                ["clientLoginState"] = (string?)login?["clientLoginState"],
                ["loginResponse"] = Encode(ke2),
                ["password"] = attempt,
                ["keyStretching"] = TheirKeyStretching(),
            });
            if (attempt != Password)
            {
                Assert.Null(finished);
                return;
            }

            Assert.True(OpaqueServer.TryFinishLogin(state, Decode(finished, "finishLoginRequest"), out var sessionKey));
            using (sessionKey)
            {
                Assert.Equal(Decode(finished, "sessionKey"), sessionKey.Span);
            }

            Assert.Equal((string?)registered?["exportKey"], (string?)finished?["exportKey"]);
            Assert.Equal(keys.PublicKey, Decode(finished, "serverStaticPublicKey"));
        }
    }

    private static JsonObject TheirKeyStretching() => new()
    {
        ["argon2id-custom"] = new JsonObject
        {
            ["memory"] = KeyStretchingParameters.Default.MemoryKiB,
            ["iterations"] = KeyStretchingParameters.Default.Iterations,
            ["parallelism"] = KeyStretchingParameters.Default.Parallelism,
        },
    };

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static byte[] Decode(JsonNode? reply, string name) => Base64Url.DecodeFromChars(
        (string?)reply?[name] ?? throw new InvalidOperationException($"The peer gave no {name}."));

    private sealed class Peer(Process process) : IAsyncDisposable
    {
        public static async Task<Peer> StartAsync() => new(await Peers.StartAsync("opaque-peer.mjs"));

        public async Task<JsonNode?> CallAsync(string operation, JsonObject? parameters)
        {
            var request = new JsonObject { ["op"] = operation, ["params"] = parameters };
            await process.StandardInput.WriteLineAsync(request.ToJsonString());
            await process.StandardInput.FlushAsync();
            var line = await process.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
            var reply = JsonNode.Parse(line);
            return reply?["error"] is { } error
                ? throw new InvalidOperationException((string?)error)
                : reply?["result"];
        }

        public async ValueTask DisposeAsync()
        {
            // The peer ends when its input does.
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
