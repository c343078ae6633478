using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Tests.Server;
using static Vault.Client.Tests.LyingServer.LyingVault;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server that lies to somebody who signs in or registers.</summary>
public sealed class SignInTests : IClassFixture<LyingVault>
{
    private static readonly Dictionary<string, Func<LoginFinishReply, LoginFinishReply, LoginFinishReply>> Lies = new()
    {
        ["another account's key ring"] = (said, other) => said with { SealedKeyRing = other.SealedKeyRing },
        ["a key ring with a byte changed"] = (said, _) => said with { SealedKeyRing = Flip(said.SealedKeyRing, 60) },
        ["a key ring cut short"] = (said, _) => said with { SealedKeyRing = said.SealedKeyRing[..^1] },
        ["a key ring that is only a nonce"] = (said, _) => said with { SealedKeyRing = said.SealedKeyRing[..24] },
        ["a key ring with more behind it"] = (said, _) => said with { SealedKeyRing = [.. said.SealedKeyRing, 0] },
        ["no key ring"] = (said, _) => said with { SealedKeyRing = [] },
        ["another account's profile"] = (said, other) => said with { Profile = other.Profile },
        ["a profile with a byte changed"] = (said, _) => said with { Profile = said.Profile with { Bytes = Flip(said.Profile.Bytes, 12) } },
        ["a profile with a broken signature"] = (said, _) => said with { Profile = said.Profile with { Signature = Flip(said.Profile.Signature, 0) } },
        ["a profile without a signature"] = (said, _) => said with { Profile = said.Profile with { Signature = [] } },
        ["a profile of nothing"] = (said, _) => said with { Profile = new SignedProfile([], []) },
        ["a profile that is no profile"] = (said, _) => said with { Profile = said.Profile with { Bytes = "{\"version\":1}"u8.ToArray() } },
        ["all of another account"] = (_, other) => other,
    };

    private readonly LyingVault _vault;

    public SignInTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(LieNames))]
    public async Task Connect_ForgedKeyRingOrProfile_IsRefused(string lie)
    {
        var other = await OtherAccountAsync();
        _vault.Liar.Alter(Routes.LoginFinish, ProtocolJson.Default.LoginFinishReply, said => Lies[lie](said, other));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => ConnectAsync());
    }

    [Theory]
    [InlineData((64 * 1024) - 1, 3, 1)] // the floors
    [InlineData(64 * 1024, 2, 1)]
    [InlineData(64 * 1024, 3, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(-1, -1, -1)]
    [InlineData((1024 * 1024) + 1, 3, 1)] // the ceilings
    [InlineData(64 * 1024, 17, 1)]
    [InlineData(64 * 1024, 3, 2)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue)]
    public async Task Connect_KeyStretchingBelowTheFloorOrAboveTheCeiling_IsRefusedBeforeThePasswordIsUsed(int memory, int passes, int lanes)
    {
        var sent = 0;
        void Lie()
        {
            _vault.Liar.Alter(
                Routes.Server, ProtocolJson.Default.ServerReply, said => said with { KeyStretching = new KeyStretching(memory, passes, lanes) });
            _vault.Liar.OnSend(Routes.LoginStart, _ => sent++);
            _vault.Liar.OnSend(Routes.RegistrationStart, _ => sent++);
        }

        Lie();
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => ConnectAsync());
        Lie();
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, CreateAsync);
        Assert.Equal(0, sent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public async Task Connect_AnotherVersionOfTheProtocol_SaysWhich(int version)
    {
        _vault.Liar.Alter(Routes.Server, ProtocolJson.Default.ServerReply, said => said with { Protocol = version });

        var error = await _vault.AssertRefusedAsync(VaultErrorCode.VersionUnsupported, () => ConnectAsync());

        Assert.Contains($"{version}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut short")]
    [InlineData("longer")]
    [InlineData("empty")]
    [InlineData("zero")]
    [InlineData("random")]
    [InlineData("replayed")]
    public async Task Connect_ForgedKe2_IsAFailedLogin(string lie)
    {
        byte[]? earlier = null;
        if (lie == "replayed")
        {
            _vault.Liar.Alter(Routes.LoginStart, ProtocolJson.Default.LoginStartReply, said =>
            {
                earlier = said.Ke2;
                return said;
            });
            await (await ConnectAsync()).DisposeAsync();
            _vault.Liar.BeHonest();
        }

        _vault.Liar.Alter(Routes.LoginStart, ProtocolJson.Default.LoginStartReply, said => new LoginStartReply(lie switch
        {
            "flipped" => Flip(said.Ke2, 100),
            "cut short" => said.Ke2[..^1],
            "longer" => [.. said.Ke2, 0],
            "empty" => [],
            "zero" => new byte[said.Ke2.Length],
            "random" => RandomNumberGenerator.GetBytes(said.Ke2.Length),
            _ => earlier!, // set above
        }));

        await _vault.AssertRefusedAsync(VaultErrorCode.LoginFailed, () => ConnectAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)] // zeros: no point of the group
    [InlineData(65)]
    public async Task Create_ForgedRegistrationResponse_IsRefused(int length)
    {
        _vault.Liar.Alter(
            Routes.RegistrationStart, ProtocolJson.Default.RegistrationStartReply, _ => new RegistrationStartReply(new byte[length]));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, CreateAsync);
    }

    [Fact]
    public async Task Connect_AnotherAccountsId_IsRefused()
    {
        var other = await OtherAccountAsync();
        _vault.Liar.Alter(Routes.LoginFinish, ProtocolJson.Default.LoginFinishReply, said => said with { Account = other.Account });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => ConnectAsync());
    }

    private async Task<VaultSession> ConnectAsync(string email = "ada@example.org")
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(_vault.Honest.Address, email, password, _vault.Options, default);
    }

    private async Task CreateAsync()
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await VaultAccount.CreateAsync(_vault.Honest.Address, "new@example.org", password, _vault.Options, default);
    }

    // Of the same person at another address: the password is the same, and nothing else.
    private async Task<LoginFinishReply> OtherAccountAsync()
    {
        if (_vault.OtherLogin is { } known)
        {
            return known;
        }

        await (await _vault.Honest.CreateAsync("eve@example.org")).DisposeAsync();
        _vault.Liar.Alter(Routes.LoginFinish, ProtocolJson.Default.LoginFinishReply, said => _vault.OtherLogin = said);
        await (await ConnectAsync("eve@example.org")).DisposeAsync();
        _vault.Liar.BeHonest();
        return _vault.OtherLogin!; // the request went through
    }
}
