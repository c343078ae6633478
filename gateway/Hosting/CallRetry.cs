using Vault.Grains.Interfaces;

namespace Vault.Gateway.Hosting;

/// <summary>
/// Asks again where no answer came: a silo died, or its storage failed under it. Every command of the grains may be
/// repeated, and the account's grain, wherever it lives next, says what became of the first try.
/// </summary>
internal sealed class CallRetry(TimeProvider time, ILogger<CallRetry> logger) : IOutgoingGrainCallFilter
{
    // Long enough for a silo to be declared dead and its grains to be read again elsewhere.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(800);

    // The grain read its stream again, so a second failure is one of the storage itself.
    private const int StorageTries = 2;

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        var start = time.GetTimestamp();
        var delay = FirstDelay;
        var storageFailures = 0;
        while (true)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (Exception error) when (MayPass(error, ref storageFailures) && time.GetElapsedTime(start) < Patience)
            {
                VaultMeter.Repeated.Add(1);
                GatewayLog.CallRepeated(logger, context.InterfaceName, context.MethodName, error.GetType().Name);
            }

            await Task.Delay(delay, time);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    private static bool MayPass(Exception error, ref int storageFailures) => error switch
    {
        TimeoutException or OrleansException => true,
        StorageUnavailableException { Reason: StorageFailure.Unavailable } => ++storageFailures < StorageTries,
        _ => false,
    };
}
