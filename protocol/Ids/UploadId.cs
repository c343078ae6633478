using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>One send of one content: random, chosen by the client. It makes a send idempotent and names the stored content.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<UploadId>))]
public readonly record struct UploadId(Guid Value) : IVaultId<UploadId>
{
    /// <summary>A new random id.</summary>
    public static UploadId New() => VaultId.New<UploadId>();

    /// <inheritdoc />
    public static UploadId From(Guid value) => new(value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UploadId id) => VaultId.TryParse(text, out id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
