using Vault.Grains.Mail;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Tests.Mail;

public sealed class MailCodesTests : IDisposable
{
    private readonly SiloKeys _keys = SiloKeys.Generate();
    private readonly AccountId _account = AccountId.New();

    [Fact]
    public void New_EachTime_IsThreeGroupsThatAreEasyToType()
    {
        var codes = Enumerable.Range(0, 100).Select(_ => MailCodes.New()).ToList();
        Assert.All(codes, code => Assert.Matches("^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", code));
        Assert.Equal(100, codes.Distinct().Count());
    }

    [Theory]
    [InlineData("K7QM-3XPD-9R01")]
    [InlineData("k7qm3xpd9r01")]
    [InlineData("  K7QM 3XPD 9RO1 ")]
    [InlineData("k7qm-3xpd-9rol")]
    [InlineData("K7QM-3XPD-9R0i")]
    [InlineData("K7QM\u20113XPD\u20119R01")]
    public void Hash_AsPeopleType_IsTheSame(string typed)
    {
        var codes = new MailCodes(_keys);
        Assert.Equal(codes.Hash("reset", _account, "K7QM-3XPD-9R01"), codes.Hash("reset", _account, typed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("K7QM-3XPD-9R0")]
    [InlineData("K7QM-3XPD-9R011")]
    [InlineData("K7QM-3XPD-9RU1")]
    [InlineData("K7QM-3XPD-9Ré1")]
    public void Hash_WhatIsNoCode_IsNull(string typed) => Assert.Null(new MailCodes(_keys).Hash("reset", _account, typed));

    [Fact]
    public void Hash_OtherPurposeAccountOrKey_IsAnother()
    {
        using var otherKeys = SiloKeys.Generate();
        var codes = new MailCodes(_keys);
        byte[]?[] hashes =
        [
            codes.Hash("reset", _account, "K7QM-3XPD-9R01"), codes.Hash("confirm", _account, "K7QM-3XPD-9R01"),
            codes.Hash("reset", AccountId.New(), "K7QM-3XPD-9R01"), codes.Hash("reset", _account, "K7QM-3XPD-9R02"),
            new MailCodes(otherKeys).Hash("reset", _account, "K7QM-3XPD-9R01"),
        ];
        Assert.Equal(5, hashes.Select(hash => Convert.ToHexString(hash!)).Distinct().Count());
    }

    [Fact]
    public void CodeKey_SameKeyFile_IsTheSameAfterARestart()
    {
        using var again = new SiloKeys(
            new Cryptography.Opaque.OpaqueServerKeys(
                _keys.Opaque.OprfSeed.Span, _keys.Opaque.PrivateKey.Span, _keys.Opaque.FakeRecordKey.Span),
            _keys.IdKey);
        Assert.True(_keys.CodeKey.SequenceEqual(again.CodeKey));
        Assert.False(_keys.IdKey.SequenceEqual(again.CodeKey));
    }

    public void Dispose() => _keys.Dispose();
}
