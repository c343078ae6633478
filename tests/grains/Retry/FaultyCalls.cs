namespace Vault.Grains.Tests.Retry;

/// <summary>Calls that go wrong where they arrive: before the grain has seen them, or with their answer.</summary>
internal sealed class FaultyCalls : IIncomingGrainCallFilter
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Func<IIncomingGrainCallContext, Task>> _faults = [];
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>From now on calls of this method of a grain go this way, and are counted anew.</summary>
    public void On(string method, Func<IIncomingGrainCallContext, Task> way)
    {
        lock (_lock)
        {
            (_faults[method], _counts[method]) = (way, 0);
        }
    }

    /// <summary>Calls go through.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    /// <summary>How many calls of a method arrived since it goes its way.</summary>
    public int Count(string method)
    {
        lock (_lock)
        {
            return _counts.GetValueOrDefault(method);
        }
    }

    public Task Invoke(IIncomingGrainCallContext context)
    {
        lock (_lock)
        {
            if (!_faults.TryGetValue(context.MethodName, out var way))
            {
                return context.Invoke();
            }

            _counts[context.MethodName]++;
            return way(context);
        }
    }
}
