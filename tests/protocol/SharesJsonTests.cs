using System.Text;
using System.Text.Json;

namespace Vault.Protocol.Tests;

public sealed class SharesJsonTests
{
    [Fact]
    public void Json_ShareConflict_NamesTheReasonInSnakeCase()
    {
        var conflict = new ShareConflict(ShareConflictReason.RecipientsLeftOut, [AccountId.From(Guid.Empty)], new GrantTarget(2, [1], 9));

        var json = JsonSerializer.Serialize(new Problem(ErrorCode.Conflict, "", Shares: conflict), ProtocolJson.Default.Problem);

        Assert.EndsWith(
            """
            "shares":{"reason":"recipients_left_out","recipients":["00000000000000000000000000000000"],"target":{"version":2,"manifest":"AQ==","nextNumber":9}}}
            """.Trim(), json, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_CommitWithoutShares_IsReadAsBefore()
    {
        var json = """
            {"upload":"00000000000000000000000000000001","header":"","partHashes":"","ownerMetadata":"","metadata":"",
            "manifest":{"bytes":"","signature":"","mac":""}}
            """;

        var commit = ProtocolJson.TryRead(Encoding.UTF8.GetBytes(json), ProtocolJson.Default.CommitSendRequest);

        Assert.NotNull(commit);
        Assert.Null(commit.Shares);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"command\":\"00000000000000000000000000000001\",\"grants\":null}")]
    [InlineData("{\"command\":\"1\",\"grants\":[]}")]
    [InlineData("{\"command\":\"00000000000000000000000000000001\",\"grants\":[{\"grant\":null,\"header\":\"\"}]}")]
    public void Json_NoSuchGrants_AreRefused(string json) =>
        Assert.Null(ProtocolJson.TryRead(Encoding.UTF8.GetBytes(json), ProtocolJson.Default.GrantSharesRequest));

    [Fact]
    public void MaxLength_GrantWithTheLongestValues_Fits()
    {
        var grant = new Grant(
            AccountId.New(), FileId.New(), int.MaxValue, new byte[32], AccountId.New(), new byte[32], new byte[32],
            DateTimeOffset.MaxValue, long.MaxValue);

        Assert.InRange(SignedGrant.Sign(grant, new byte[32]).Bytes.Length, 1, SignedGrant.MaxLength);
    }
}
