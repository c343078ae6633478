using Vault.Protocol;

namespace Vault.Grains.EventSourcing;

/// <summary>What a pure decision comes to: an event to append, a refusal for the caller, or nothing because it is already so.</summary>
internal readonly record struct Decision<TEvent>
    where TEvent : class
{
    private Decision(TEvent? newEvent, Problem? refusal)
    {
        Event = newEvent;
        Refusal = refusal;
    }

    /// <summary>The state already is what the command asks for.</summary>
    public static Decision<TEvent> Nothing => default;

    /// <summary>What happened; null where nothing did.</summary>
    public TEvent? Event { get; }

    /// <summary>Why nothing happened; null where the command is done.</summary>
    public Problem? Refusal { get; }

    public static implicit operator Decision<TEvent>(TEvent newEvent) => new(newEvent, null);

    public static implicit operator Decision<TEvent>(Problem refusal) => new(null, refusal);
}
