using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>A key that signs in without a password, as its account lists it.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<AccessKeyId>))]
public readonly record struct AccessKeyId(Guid Value) : IVaultId<AccessKeyId>
{
    /// <summary>A new random id.</summary>
    public static AccessKeyId New() => VaultId.New<AccessKeyId>();

    /// <inheritdoc />
    public static AccessKeyId From(Guid value) => new(value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AccessKeyId id) => VaultId.TryParse(text, out id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
