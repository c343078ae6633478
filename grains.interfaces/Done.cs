namespace Vault.Grains.Interfaces;

/// <summary>The value of a command that has nothing to tell but that it is done.</summary>
[GenerateSerializer, Immutable]
public sealed record Done
{
    /// <summary>The only one there is.</summary>
    public static Done Value { get; } = new();
}
