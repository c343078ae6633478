using Vault.Cryptography.Opaque;

namespace Vault.Cryptography.Tests.Opaque;

// What an attacker may try, and where it is answered.
//
// Covered here
//   network    changes a field of KE1, KE2 or KE3; of a registration request or response
//   network    relays a login to another channel (other context); replays KE1, KE2 or KE3 of another login
//   guesser    logs in with a wrong password; learns nothing from how the answer fails
//   guesser    asks for accounts that do not exist, repeatedly, and compares the answers
//   guesser    sends KE3 again, twice at once, of another length, or after the login was dropped
//   server     answers with its own key in place of the registered one; claims other identities
//   operator   changes a field of a stored record, or gives one account the record of another
//   parser     invalid and identity elements, truncated and overlong messages: OpaqueMessagesTests
//   server     names key stretching that is too cheap or too dear: KeyStretchingTests
//
// Not covered here
//   offline guessing by whoever holds the record and the OPRF seed: the cost is Argon2id's, by design
//   online guessing: counted by whoever calls the server
//   differences in time: the code path is the same, and no test measures it
//   a password registered over a channel whose other end is the attacker: the channel's key pin answers that
//   memory that the operating system or the collector copied
public sealed class OpaqueAttackTests
{
    /// <summary>
    /// Field, offset, length, and whether it is a group element (then it is replaced by another valid one).
    /// </summary>
    public static TheoryData<string, int, int, bool> Ke1Fields => new()
    {
        { "blinded_message", 0, 32, true },
        { "client_nonce", 32, 32, false },
        { "client_public_keyshare", 64, 32, true },
    };

    public static TheoryData<string, int, int, bool> Ke2Fields => new()
    {
        { "evaluated_message", 0, 32, true },
        { "masking_nonce", 32, 32, false },
        { "masked server_public_key", 64, 32, false },
        { "masked envelope_nonce", 96, 32, false },
        { "masked auth_tag", 128, 64, false },
        { "server_nonce", 192, 32, false },
        { "server_public_keyshare", 224, 32, true },
        { "server_mac", 256, 64, false },
    };

    public static TheoryData<string, int, int, bool> RecordFields => new()
    {
        { "client_public_key", 0, 32, true },
        { "masking_key", 32, 64, false },
        { "envelope_nonce", 96, 32, false },
        { "auth_tag", 128, 64, false },
    };

    [Fact]
    public async Task Login_Untouched_GivesBothTheSameKey()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();

        using (login)
        {
            Assert.True(OpaqueServer.TryFinishLogin(state, login.Ke3, out var sessionKey));
            using (sessionKey)
            {
                Assert.Equal(login.SessionKey.Span, sessionKey.Span);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ke1Fields))]
    public async Task Ke1_FieldTampered_LoginIsRefused(string field, int offset, int length, bool isElement)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        foreach (var tamper in Tampers(field, offset, length, isElement))
        {
            await account.AssertRefusedAsync(onKe1: tamper);
        }
    }

    [Theory]
    [MemberData(nameof(Ke2Fields))]
    public async Task Ke2_FieldTampered_LoginIsRefused(string field, int offset, int length, bool isElement)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        foreach (var tamper in Tampers(field, offset, length, isElement))
        {
            await account.AssertRefusedAsync(onKe2: tamper);
        }
    }

    [Theory]
    [MemberData(nameof(RecordFields))]
    public async Task Record_FieldTampered_LoginIsRefused(string field, int offset, int length, bool isElement)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        byte[] untouched = [.. account.Record];
        foreach (var tamper in Tampers(field, offset, length, isElement))
        {
            untouched.CopyTo(account.Record, 0);
            tamper(account.Record);
            await account.AssertRefusedAsync();
        }
    }

    [Fact]
    public async Task Ke3_AnyByteTampered_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        for (var position = 0; position < OpaqueSuite.Ke3Length; position++)
        {
            var (login, state) = await account.LoginAsync();
            using (login)
            {
                login.Ke3[position] ^= 1;
                Assert.False(OpaqueServer.TryFinishLogin(state, login.Ke3, out var sessionKey));
                Assert.Null(sessionKey);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public async Task Ke3_WrongLength_IsRefused(int length)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();
        using (login)
        {
            var ke3 = login.Ke3;
            Array.Resize(ref ke3, length);
            Assert.False(OpaqueServer.TryFinishLogin(state, ke3, out _));
        }
    }

    [Fact]
    public async Task Registration_MessageTampered_NoLoginFollows()
    {
        using var request = await OpaqueAccount.RegisterAsync(
            onRequest: bytes => OpaqueAccount.OtherElement().CopyTo(bytes, 0));
        await request.AssertRefusedAsync();

        using var evaluated = await OpaqueAccount.RegisterAsync(
            onResponse: bytes => OpaqueAccount.OtherElement().CopyTo(bytes, 0));
        await evaluated.AssertRefusedAsync();

        using var serverKey = await OpaqueAccount.RegisterAsync(
            onResponse: bytes => OpaqueAccount.OtherElement().CopyTo(bytes, OpaqueSuite.ElementLength));
        await serverKey.AssertRefusedAsync();
    }

    [Fact]
    public async Task FinishLogin_WrongPassword_LooksLikeAnUnknownAccount()
    {
        using var account = await OpaqueAccount.RegisterAsync();

        var wrong = await FailureAsync(account, "correct house"u8.ToArray(), account.Record, OpaqueAccount.Context);
        var unknown = await FailureAsync(account, OpaqueAccount.Password, record: null, OpaqueAccount.Context);

        Assert.Equal(CryptographyError.NotAuthentic, wrong.Reason);
        Assert.Equal(wrong.Reason, unknown.Reason);
        Assert.Equal(wrong.Message, unknown.Message);
    }

    [Fact]
    public async Task FinishLogin_OtherContext_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();

        foreach (var context in new[] { [], "Vault/1 login, handshake 2"u8.ToArray(), [.. OpaqueAccount.Context, 0] })
        {
            var error = await FailureAsync(account, OpaqueAccount.Password, account.Record, context);
            Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
        }
    }

    [Theory]
    [InlineData("ada", "vault", "ada", "vault", true)]
    [InlineData("ada", "vault", "bob", "vault", false)]
    [InlineData("ada", "vault", "ada", "other", false)]
    [InlineData("ada", "vault", "", "vault", false)]
    [InlineData("ada", "vault", "adav", "ault", false)]
    public async Task FinishLogin_Identities_MustBeTheRegisteredOnes(
        string client, string server, string clientAtLogin, string serverAtLogin, bool accepted)
    {
        using var keys = OpaqueServerKeys.Generate();
        var opaque = new OpaqueServer(keys);
        var (registration, request) = OpaqueAccount.Client.StartRegistration(OpaqueAccount.Password);
        using var registered = await OpaqueAccount.Client.FinishRegistrationAsync(
            registration, opaque.CreateRegistrationResponse(request, OpaqueAccount.Identifier),
            Utf8(client), Utf8(server));
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = opaque.GenerateKe2(
            ke1, registered.Record, OpaqueAccount.Identifier, [], Utf8(clientAtLogin), Utf8(serverAtLogin));
        using (state)
        {
            var finish = OpaqueAccount.Client.FinishLoginAsync(
                login, ke2, default, Utf8(clientAtLogin), Utf8(serverAtLogin));
            if (accepted)
            {
                (await finish).Dispose();
            }
            else
            {
                var error = await Assert.ThrowsAsync<CryptographyException>(() => finish);
                Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
            }
        }
    }

    [Fact]
    public async Task FinishLogin_IdentitiesDifferBetweenTheSides_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        var (ke2, state) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context, serverIdentity: "other"u8);
        state.Dispose();

        var error = await Assert.ThrowsAsync<CryptographyException>(
            () => OpaqueAccount.Client.FinishLoginAsync(login, ke2, OpaqueAccount.Context));

        Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
    }

    [Fact]
    public async Task FinishLogin_OtherServerKeysOrOtherAccount_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        using var other = OpaqueServerKeys.Generate();
        using var sameSeed = new OpaqueServerKeys(
            account.Keys.OprfSeed.Span, other.PrivateKey.Span, account.Keys.FakeRecordKey.Span);
        using var sameKey = new OpaqueServerKeys(
            other.OprfSeed.Span, account.Keys.PrivateKey.Span, account.Keys.FakeRecordKey.Span);

        foreach (var (keys, identifier) in new[]
        {
            (other, OpaqueAccount.Identifier),
            (sameSeed, OpaqueAccount.Identifier),
            (sameKey, OpaqueAccount.Identifier),
            (account.Keys, "bob@example.org"u8.ToArray()),
        })
        {
            var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
            var (ke2, state) = new OpaqueServer(keys).GenerateKe2(
                ke1, account.Record, identifier, OpaqueAccount.Context);
            state.Dispose();
            var error = await Assert.ThrowsAsync<CryptographyException>(
                () => OpaqueAccount.Client.FinishLoginAsync(login, ke2, OpaqueAccount.Context));
            Assert.Equal(CryptographyError.NotAuthentic, error.Reason);
        }
    }

    [Fact]
    public async Task Replay_OfKe2OrKe3InAnotherLogin_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        byte[] oldKe2 = [];
        var (first, firstState) = await account.LoginAsync(onKe2: ke2 => oldKe2 = [.. ke2]);
        var (second, secondState) = await account.LoginAsync();
        using (first)
        using (second)
        using (firstState)
        {
            Assert.False(OpaqueServer.TryFinishLogin(secondState, first.Ke3, out _));
        }

        await account.AssertRefusedAsync(onKe2: ke2 => oldKe2.CopyTo(ke2, 0));
    }

    [Fact]
    public async Task Replay_OfKe1_GivesAFreshKe2ThatTheOldKe3DoesNotFit()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        byte[] ke1 = [];
        var (login, state) = await account.LoginAsync(onKe1: bytes => ke1 = [.. bytes]);
        var (_, replayed) = account.Server.GenerateKe2(
            ke1, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        using (login)
        using (state)
        {
            Assert.False(OpaqueServer.TryFinishLogin(replayed, login.Ke3, out _));
        }
    }

    private static IEnumerable<Action<byte[]>> Tampers(string field, int offset, int length, bool isElement)
    {
        Assert.NotEmpty(field);
        if (isElement)
        {
            yield return bytes => OpaqueAccount.OtherElement().CopyTo(bytes, offset);
            yield break;
        }

        foreach (var position in new[] { offset, offset + (length / 2), offset + length - 1 })
        {
            yield return bytes => bytes[position] ^= 0x80;
            yield return bytes => bytes[position] ^= 0x01;
        }

        yield return bytes => bytes.AsSpan(offset, length).Clear();
    }

    private static async Task<CryptographyException> FailureAsync(
        OpaqueAccount account, byte[] password, byte[]? record, byte[] contextOfClient)
    {
        var (login, ke1) = OpaqueAccount.Client.StartLogin(password);
        var (ke2, state) = account.Server.GenerateKe2(ke1, record, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();
        return await Assert.ThrowsAsync<CryptographyException>(
            () => OpaqueAccount.Client.FinishLoginAsync(login, ke2, contextOfClient));
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
