using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>The names under which a stream's events are stored: never CLR names, always with a version.</summary>
/// <remarks>
/// A changed event gets a new name and the old name an upcaster, which rewrites the stored JSON into the next name's; several
/// run one after the other. A name that is in neither list is damage: skipping it would fold a wrong state.
/// </remarks>
/// <typeparam name="TEvent">What all events of the stream derive from.</typeparam>
internal sealed class EventCatalog<TEvent>
    where TEvent : class
{
    private readonly Dictionary<string, JsonTypeInfo> _types = [];
    private readonly Dictionary<Type, string> _names = [];
    private readonly Dictionary<string, (string Next, Func<JsonObject, JsonObject> Rewrite)> _upcasters = [];

    /// <summary>The names that are written today, in no order.</summary>
    public IReadOnlyCollection<string> Names => _types.Keys;

    /// <summary>Stores events of type <typeparamref name="T"/> as <paramref name="name"/>.</summary>
    public EventCatalog<TEvent> Add<T>(string name, JsonTypeInfo<T> type)
        where T : class, TEvent
    {
        _types.Add(name, type);
        _names.Add(typeof(T), name);
        return this;
    }

    /// <summary>Reads events stored as <paramref name="old"/> as if they had been stored as <paramref name="next"/>.</summary>
    public EventCatalog<TEvent> Upcast(string old, string next, Func<JsonObject, JsonObject> rewrite)
    {
        if (_types.ContainsKey(old))
        {
            throw new ArgumentException($"{old} is still written and cannot be an old name.", nameof(old));
        }

        _upcasters.Add(old, (next, rewrite));
        return this;
    }

    /// <summary>The event as it goes into the log.</summary>
    public NewEvent Write(TEvent newEvent, DateTimeOffset time)
    {
        var name = _names[newEvent.GetType()];
        return new NewEvent(name, time, JsonSerializer.SerializeToUtf8Bytes(newEvent, _types[name]));
    }

    /// <summary>The event that the log holds.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.Damaged"/>: the name is unknown or the data is no such event.
    /// </exception>
    public TEvent Read(StoredEvent stored)
    {
        try
        {
            return _types.TryGetValue(stored.Type, out var type)
                ? Require(JsonSerializer.Deserialize(stored.Data.Span, type), stored)
                : ReadOld(stored);
        }
        catch (JsonException e)
        {
            throw new StorageException(
                StorageError.Damaged, $"Event {stored.Version} is no {stored.Type}.", e);
        }
    }

    private TEvent ReadOld(StoredEvent stored)
    {
        var (name, data) = (stored.Type, JsonNode.Parse(stored.Data.Span) as JsonObject);
        while (data is not null && _upcasters.TryGetValue(name, out var upcaster))
        {
            (name, data) = (upcaster.Next, upcaster.Rewrite(data));
        }

        return _types.TryGetValue(name, out var type)
            ? Require(data.Deserialize(type), stored)
            : throw new StorageException(
                StorageError.Damaged, $"Event {stored.Version} has the unknown type {stored.Type}.");
    }

    private static TEvent Require(object? value, StoredEvent stored) =>
        value as TEvent
        ?? throw new StorageException(StorageError.Damaged, $"Event {stored.Version} is no {stored.Type}.");
}
