using System.Text.Json.Serialization;
using Vault.Protocol;

namespace Vault.Grains.Mail;

/// <summary>One mail that is due: names its entry in the outbox, and its Message-ID.</summary>
[JsonConverter(typeof(VaultIdJsonConverter<MailId>))]
internal readonly record struct MailId(Guid Value) : IVaultId<MailId>
{
    /// <summary>A new random id.</summary>
    public static MailId New() => VaultId.New<MailId>();

    /// <inheritdoc />
    public static MailId From(Guid value) => new(value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => VaultId.Format(this);
}
