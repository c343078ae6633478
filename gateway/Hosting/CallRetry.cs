using System.Runtime.ExceptionServices;
using Orleans.Serialization.Invocation;
using Vault.Grains.Interfaces;

namespace Vault.Gateway.Hosting;

/// <summary>
/// Asks again where no answer came: a silo died, or its storage failed under it. Every command of the grains may be
/// repeated, and the account's grain, wherever it lives next, says what became of the first try.
/// </summary>
/// <param name="patience">What is asked again.</param>
/// <param name="lost">Completes when calls that are under way may have lost their answer.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class CallRetry(CallPatience patience, Func<Task> lost, TimeProvider time, ILogger<CallRetry> logger) : IOutgoingGrainCallFilter
{
    private const string Ours = "Vault.";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(200);

    // What was not lost with a connection is answered within this time, or is worth asking twice.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (!context.InterfaceName.StartsWith(Ours, StringComparison.Ordinal))
        {
            await context.Invoke(); // Orleans' own
            return;
        }

        var start = time.GetTimestamp();
        var delay = FirstDelay;
        var storageFailures = 0;
        while (true)
        {
            try
            {
                if (!await IsAnsweredAsync(context.Invoke()))
                {
                    if (!patience.AsksAnew)
                    {
                        throw new SiloLeavingException();
                    }

                    CountRepeated(context, "the loss of a connection");
                    await AskAnewAsync(context);
                }

                return;
            }
            catch (Exception error) when (MayPass(error, ref storageFailures) && time.GetElapsedTime(start) < patience.Time)
            {
                CountRepeated(context, error.GetType().Name);
            }

            await Task.Delay(delay, time);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    /// <summary>Waits for the answer; false where it may have been lost.</summary>
    private async Task<bool> IsAnsweredAsync(Task call)
    {
        if (!call.IsCompleted && await Task.WhenAny(call, lost()) != call)
        {
            await Task.WhenAny(call, Task.Delay(Grace, time));
            if (!call.IsCompleted)
            {
                _ = call.ContinueWith(
                    late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return false;
            }
        }

        await call;
        return true;
    }

    /// <summary>The same request as a call of its own, because the first one still waits for its answer. It is repeated likewise.</summary>
    private static async Task AskAnewAsync(IOutgoingGrainCallContext context)
    {
        context.Request.SetTarget(new Target(context.Grain));
        var response = await context.Request.Invoke();
        if (response.Exception is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        context.Response = response;
    }

    private void CountRepeated(IOutgoingGrainCallContext context, string after)
    {
        VaultMeter.Repeated.Add(1);
        GatewayLog.CallRepeated(logger, context.InterfaceName, context.MethodName, after);
    }

    private bool MayPass(Exception error, ref int storageFailures) => error switch
    {
        TimeoutException => patience.IncludesUnanswered,
        SiloLeavingException => patience.AsksAnew,
        OrleansException => true,
        StorageUnavailableException { Reason: StorageFailure.Unavailable } => ++storageFailures < patience.StorageTries,
        _ => false,
    };

    private sealed class Target(object grain) : ITargetHolder
    {
        public object GetTarget() => grain;

        public object? GetComponent(Type componentType) => null;
    }
}
