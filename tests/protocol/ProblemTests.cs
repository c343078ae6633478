using System.Text.Json;

namespace Vault.Protocol.Tests;

public sealed class ProblemTests
{
    [Fact]
    public void Json_Problem_HasTheSnakeCaseCode()
    {
        var problem = new Problem(ErrorCode.TooManyRequests, "Wait a minute.", RetryAfterSeconds: 60);

        var json = JsonSerializer.Serialize(problem, ProtocolJson.Default.Problem);

        Assert.Equal(
            """{"code":"too_many_requests","detail":"Wait a minute.","retryAfterSeconds":60,"target":null,"shares":null}""", json);
    }

    [Fact]
    public void Status_EveryCode_IsAClientOrServerError()
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            Assert.InRange(new Problem(code, "").Status, 400, 599);
            Assert.NotEqual(500, new Problem(code, "").Status);
        }
    }

    [Theory]
    [InlineData("{\"code\":3,\"detail\":\"\"}")]
    [InlineData("{\"code\":\"no_such_code\",\"detail\":\"\"}")]
    [InlineData("{\"detail\":\"\"}")]
    public void Json_NotAProblem_IsRefused(string json) =>
        Assert.Null(ProtocolJson.TryRead(System.Text.Encoding.UTF8.GetBytes(json), ProtocolJson.Default.Problem));
}
