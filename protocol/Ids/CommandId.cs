using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>One change that a client asks for: random, chosen by it, the same when it asks again for lack of an answer.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<CommandId>))]
public readonly record struct CommandId(Guid Value) : IVaultId<CommandId>
{
    /// <summary>A new random id.</summary>
    public static CommandId New() => VaultId.New<CommandId>();

    /// <inheritdoc />
    public static CommandId From(Guid value) => new(value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CommandId id) => VaultId.TryParse(text, out id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
