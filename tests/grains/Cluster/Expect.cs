using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests;

/// <summary>What an outcome has to be.</summary>
internal static class Expect
{
    public static T Value<T>(Outcome<T> outcome)
        where T : class
    {
        Assert.True(outcome.Succeeded(out var value, out var problem), problem?.ToString());
        return value!; // asserted above
    }

    public static Problem Refused<T>(ErrorCode code, Outcome<T> outcome)
        where T : class
    {
        Assert.False(outcome.Succeeded(out var value, out var problem), value?.ToString());
        Assert.Equal(code, problem!.Code); // asserted above
        return problem;
    }

    public static Receipt Receipt(SendBatchItemReply reply)
    {
        Assert.Null(reply.Problem);
        return Assert.IsType<Receipt>(reply.Receipt);
    }

    public static Problem Refused(ErrorCode code, SendBatchItemReply reply)
    {
        Assert.Null(reply.Receipt);
        Assert.Equal(code, reply.Problem!.Code); // a reply without a receipt has a problem
        return reply.Problem;
    }
}
