using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.SignIn;

/// <summary>Codes against the vectors of RFC 6238 appendix B, whose last six digits are those of an authenticator.</summary>
public sealed class OneTimeCodesTests : IDisposable
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");
    private static readonly AccountId Account = AccountId.New();

    private readonly SiloKeys _keys = SiloKeys.Generate();
    private readonly OneTimeCodes _codes;

    public OneTimeCodesTests() => _codes = Create(_keys);

    public static TheoryData<long, string> Vectors => new()
    {
        { 59, "94287082" },
        { 1111111109, "07081804" },
        { 1111111111, "14050471" },
        { 1234567890, "89005924" },
        { 2000000000, "69279037" },
        { 20000000000, "65353130" },
    };

    public void Dispose() => _keys.Dispose();

    [Theory]
    [MemberData(nameof(Vectors))]
    public void FindStep_Rfc6238Vector_IsTheStepOfItsTime(long seconds, string code)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.Equal(seconds / 30, _codes.FindStep(Account, _codes.Seal(Account, Secret), code[2..], time));
        Assert.Equal(code[2..], new Authenticator(Secret).Show(time));
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void FindStep_CodeOfANeighbouringStep_IsAcceptedOneStepAround(int later, bool accepted)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(1234567890);
        var step = _codes.FindStep(Account, _codes.Seal(Account, Secret), new Authenticator(Secret).Show(time, later), time);
        Assert.Equal(accepted ? (1234567890 / 30) + later : null, step);
    }

    [Theory]
    [InlineData("")]
    [InlineData("05924")]
    [InlineData("0005924")]
    [InlineData("00592x")]
    [InlineData("٠٠٥٩٢٤")]
    public void FindStep_NotSixDigits_IsNoCode(string code) => Assert.Null(_codes.FindStep(
        Account, _codes.Seal(Account, Secret), code, DateTimeOffset.FromUnixTimeSeconds(1234567890)));

    [Fact]
    public void FindStep_DigitsInGroups_AreACode() => Assert.NotNull(_codes.FindStep(
        Account, _codes.Seal(Account, Secret), "005 924", DateTimeOffset.FromUnixTimeSeconds(1234567890)));

    [Fact]
    public void FindStep_SecretOfAnotherAccountOrServer_IsDamage()
    {
        var box = _codes.Seal(AccountId.New(), Secret);
        Assert.Throws<StorageUnavailableException>(() => _codes.FindStep(Account, box, "005924", DateTimeOffset.UnixEpoch));
        using var others = SiloKeys.Generate();
        box = Create(others).Seal(Account, Secret);
        Assert.Throws<StorageUnavailableException>(() => _codes.FindStep(Account, box, "005924", DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void HashBackupCode_TypedInAnyWay_IsTheSameHash()
    {
        var hash = _codes.HashBackupCode(Account, "0123a-bcde1");
        Assert.NotNull(hash);
        Assert.Equal(hash, _codes.HashBackupCode(Account, " O123AB CDEL"));
        Assert.NotEqual(hash, _codes.HashBackupCode(AccountId.New(), "0123a-bcde1"));
        Assert.NotEqual(hash, _codes.HashBackupCode(Account, "0123a-bcde2"));
    }

    [Theory]
    [InlineData("0123abcde")]
    [InlineData("0123abcdef1")]
    [InlineData("0123abcdu1")]
    [InlineData("123456")]
    public void HashBackupCode_NoSuchText_IsNone(string text) => Assert.Null(_codes.HashBackupCode(Account, text));

    [Fact]
    public void NewBackupCode_Made_IsRead()
    {
        var code = BackupCode.New();
        Assert.Equal(11, code.Length);
        Assert.True(BackupCode.TryParse(code, out var read));
        Assert.Equal(code.Replace("-", "", StringComparison.Ordinal), read);
    }

    private static OneTimeCodes Create(SiloKeys keys) => new(keys, new StorageGuard(
        TimeProvider.System, Options.Create(new StorageLimits()), NullLogger<StorageGuard>.Instance));
}
