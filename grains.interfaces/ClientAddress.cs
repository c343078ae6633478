namespace Vault.Grains.Interfaces;

/// <summary>The client's network address as a command carries it, for attempt limits and what the account is shown.</summary>
[GenerateSerializer, Immutable]
public readonly record struct ClientAddress([property: Id(0)] string Text)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(ClientAddress);
}
