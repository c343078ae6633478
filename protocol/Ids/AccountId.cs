using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>An account: random, the user grain's key, and the only name that streams, blobs and logs use for a person.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<AccountId>))]
public readonly record struct AccountId(Guid Value) : IVaultId<AccountId>
{
    /// <summary>A new random id.</summary>
    public static AccountId New() => VaultId.New<AccountId>();

    /// <inheritdoc />
    public static AccountId From(Guid value) => new(value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AccountId id) => VaultId.TryParse(text, out id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
