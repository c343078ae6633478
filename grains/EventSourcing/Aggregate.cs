using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>What an event-sourced grain is made of: its streams' category, its events, and the fold over them.</summary>
/// <param name="Category">The first segment of its streams' names.</param>
/// <param name="Empty">The state before the first event.</param>
/// <param name="Apply">The state after an event; pure. The head is the stream's with that event as its last.</param>
/// <param name="Events">The names of the events.</param>
/// <param name="Snapshots">How a state is stored.</param>
internal sealed record Aggregate<TState, TEvent>(
    string Category, TState Empty, Func<TState, TEvent, StreamHead, TState> Apply, EventCatalog<TEvent> Events,
    SnapshotFormat<TState> Snapshots)
    where TState : class
    where TEvent : class;

/// <summary>How a state is stored. A state whose form changes gets a new name; snapshots of another name are ignored.</summary>
/// <param name="Name">Name with version, such as <c>user.state.v1</c>.</param>
/// <param name="Write">One JSON value.</param>
/// <param name="Read">What <paramref name="Write"/> wrote; throws <see cref="System.Text.Json.JsonException"/> on anything else.</param>
internal sealed record SnapshotFormat<TState>(
    string Name, Func<TState, ReadOnlyMemory<byte>> Write, Func<ReadOnlyMemory<byte>, TState> Read);
