using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Opaque;

public sealed class OpaqueServerTests
{
    [Fact]
    public void FakeRecord_SameIdentifier_IsStableAcrossServers()
    {
        using var keys = OpaqueServerKeys.Generate();
        using var copy = new OpaqueServerKeys(keys.OprfSeed.Span, keys.PrivateKey.Span, keys.FakeRecordKey.Span);

        var record = Fake(keys, "ada@example.org");

        Assert.Equal(record, Fake(copy, "ada@example.org"));
        OpaqueServer.ValidateRecord(record);
    }

    [Fact]
    public void FakeRecord_OtherIdentifierOrKey_HasOtherPublicAndMaskingKeys()
    {
        using var keys = OpaqueServerKeys.Generate();
        using var other = OpaqueServerKeys.Generate();
        var record = Fake(keys, "ada@example.org");

        foreach (var different in new[] { Fake(keys, "bob@example.org"), Fake(other, "ada@example.org") })
        {
            Assert.NotEqual(record[..32], different[..32]);
            Assert.NotEqual(record[32..96], different[32..96]);
        }
    }

    [Fact]
    public void GenerateKe2_UnknownAccount_AnswersTheSameEachTimeButForItsNonces()
    {
        using var keys = OpaqueServerKeys.Generate();
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        login.Dispose();

        // With fixed nonces and ephemeral key the whole answer is the same, down to the MAC over the fake public key.
        var first = Unknown(new OpaqueServer(keys, FixedRandomness), ke1);
        Assert.Equal(first, Unknown(new OpaqueServer(keys, FixedRandomness), ke1));

        var fresh = Unknown(new OpaqueServer(keys), ke1);
        Assert.Equal(first[..32], fresh[..32]);
        Assert.NotEqual(first[32..64], fresh[32..64]);
        Assert.NotEqual(first[64..192], fresh[64..192]);
    }

    [Fact]
    public void GenerateKe2_UnknownAccount_MasksTheEmptyEnvelope()
    {
        using var keys = OpaqueServerKeys.Generate();
        var (login, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
        login.Dispose();

        var masked = Unknown(new OpaqueServer(keys), ke1).AsSpan(64, 128);

        Assert.False(masked[..32].SequenceEqual(keys.PublicKey));
        Assert.True(masked[32..].ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void TryFinishLogin_UnknownAccount_NeverVerifiesEvenTheExpectedMac()
    {
        var mac = new byte[OpaqueSuite.MacLength];
        var unknown = new OpaqueServerState(mac, new byte[OpaqueSuite.HashLength], isKnown: false);
        var known = new OpaqueServerState(mac, new byte[OpaqueSuite.HashLength], isKnown: true);

        Assert.False(OpaqueServer.TryFinishLogin(unknown, mac, out _));
        Assert.True(OpaqueServer.TryFinishLogin(known, mac, out var sessionKey));
        sessionKey.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TryFinishLogin_SecondKe3_IsRefusedWhateverTheFirstWas(bool firstIsRight)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();
        using (login)
        {
            var first = firstIsRight ? login.Ke3 : new byte[OpaqueSuite.Ke3Length];
            Assert.Equal(firstIsRight, OpaqueServer.TryFinishLogin(state, first, out var sessionKey));
            sessionKey?.Dispose();

            var error = Assert.Throws<CryptographyException>(
                () => OpaqueServer.TryFinishLogin(state, login.Ke3, out _));
            Assert.Equal(CryptographyError.ProtocolOrder, error.Reason);
        }
    }

    [Fact]
    public async Task TryFinishLogin_AfterDispose_IsRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();
        using (login)
        {
            state.Dispose();
            state.Dispose();

            var error = Assert.Throws<CryptographyException>(
                () => OpaqueServer.TryFinishLogin(state, login.Ke3, out _));
            Assert.Equal(CryptographyError.ProtocolOrder, error.Reason);
        }
    }

    [Fact]
    public async Task TryFinishLogin_SameKe3OnTwoThreads_IsAcceptedOnce()
    {
        const int Threads = 2;
        using var account = await OpaqueAccount.RegisterAsync();
        var (login, state) = await account.LoginAsync();
        using (login)
        using (var barrier = new Barrier(Threads))
        {
            var ke3 = login.Ke3;
            var accepted = await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    try
                    {
                        var ok = OpaqueServer.TryFinishLogin(state, ke3, out var sessionKey);
                        sessionKey?.Dispose();
                        return ok;
                    }
                    catch (CryptographyException error) when (error.Reason == CryptographyError.ProtocolOrder)
                    {
                        return false;
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Single(accepted, ok => ok);
        }
    }

    [Fact]
    public async Task GenerateKe2_ArgumentsOutOfRange_AreRefused()
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var tooLong = new byte[OpaqueSuite.MaxFieldLength + 1];
        var ke1 = new byte[OpaqueSuite.Ke1Length];

        Assert.Throws<ArgumentException>(() => account.Server.GenerateKe2(ke1, null, [], []));
        Assert.Throws<ArgumentException>(() => account.Server.GenerateKe2(ke1, null, tooLong, []));
        Assert.Throws<ArgumentException>(() => account.Server.GenerateKe2(ke1, null, "a"u8, tooLong));
        Assert.Throws<ArgumentException>(() => account.Server.GenerateKe2(ke1, null, "a"u8, [], tooLong));
        Assert.Throws<ArgumentException>(() => account.Server.GenerateKe2(ke1, null, "a"u8, [], [], tooLong));
        Assert.Throws<ArgumentException>(() => account.Server.CreateRegistrationResponse(ke1, []));
        Assert.Throws<ArgumentNullException>(() => new OpaqueServer(null!)); // The point is what null does.
    }

    [Fact]
    public void OpaqueServerKeys_PrivateKeyNotCanonical_IsRefused()
    {
        var seed = new byte[OpaqueServerKeys.OprfSeedLength];
        var notReduced = new byte[OpaqueServerKeys.PrivateKeyLength];
        Array.Fill(notReduced, (byte)0xff);

        foreach (var privateKey in new[] { new byte[OpaqueServerKeys.PrivateKeyLength], notReduced })
        {
            var error = Assert.Throws<CryptographyException>(() => new OpaqueServerKeys(seed, privateKey, seed));
            Assert.Equal(CryptographyError.InvalidEncoding, error.Reason);
        }

        Assert.Throws<ArgumentException>(() => new OpaqueServerKeys(seed.AsSpan(1), notReduced, seed));
        Assert.Throws<ArgumentException>(() => new OpaqueServerKeys(seed, seed, seed));
        Assert.Throws<ArgumentException>(() => new OpaqueServerKeys(seed, notReduced, seed.AsSpan(1)));
    }

    [Fact]
    public void OpaqueServerKeys_Generate_GivesDistinctKeysThatSurviveACopy()
    {
        using var keys = OpaqueServerKeys.Generate();
        using var other = OpaqueServerKeys.Generate();
        using var copy = new OpaqueServerKeys(keys.OprfSeed.Span, keys.PrivateKey.Span, keys.FakeRecordKey.Span);

        Assert.True(Ristretto255.IsValid(keys.PublicKey));
        Assert.Equal(keys.PublicKey, copy.PublicKey);
        Assert.False(keys.PublicKey.SequenceEqual(other.PublicKey));
        Assert.False(keys.OprfSeed.Span.SequenceEqual(other.OprfSeed.Span));
        Assert.False(keys.OprfSeed.Span.SequenceEqual(keys.FakeRecordKey.Span));
    }

    private static byte[] Fake(OpaqueServerKeys keys, string identifier)
    {
        var record = new byte[OpaqueSuite.RegistrationRecordLength];
        new OpaqueServer(keys).FakeRecord(record, System.Text.Encoding.UTF8.GetBytes(identifier));
        return record;
    }

    private static byte[] Unknown(OpaqueServer server, byte[] ke1)
    {
        var (ke2, state) = server.GenerateKe2(ke1, record: null, OpaqueAccount.Identifier, OpaqueAccount.Context);
        state.Dispose();
        return ke2;
    }

    private static void FixedRandomness(OpaqueRandomness purpose, Span<byte> destination) =>
        destination.Fill((byte)(1 + (int)purpose));
}
