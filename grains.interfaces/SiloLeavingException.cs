namespace Vault.Grains.Interfaces;

/// <summary>
/// A grain waited for another one when its silo was asked to stop, and gave up. Whether the command took effect is unknown;
/// sent again, it goes to wherever the grain lives next.
/// </summary>
[GenerateSerializer]
public sealed class SiloLeavingException() : OrleansException("The silo was asked to stop. Ask again.");
