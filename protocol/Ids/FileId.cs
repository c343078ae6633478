using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>A file, all its versions together: random, chosen by the client at the first send, the file grain's key.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<FileId>))]
public readonly record struct FileId(Guid Value) : IVaultId<FileId>
{
    /// <summary>A new random id.</summary>
    public static FileId New() => VaultId.New<FileId>();

    /// <inheritdoc />
    public static FileId From(Guid value) => new(value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out FileId id) => VaultId.TryParse(text, out id);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
