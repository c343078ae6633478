using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Mail;

/// <summary>A mail that is due, as the outbox keeps it: neither an address nor a word of it, and never a code.</summary>
/// <param name="Account">Whose mail it is; the composer finds the address in the account's own stream.</param>
/// <param name="Kind">Which composer writes it, see <see cref="MailServices.AddMail{TComposer}"/>.</param>
/// <param name="About">What the composer needs to know which event it is about, such as an id or a generation; nothing personal.</param>
internal sealed record QueuedMail(MailId Id, AccountId Account, string Kind, string About, DateTimeOffset QueuedAt);

[JsonSerializable(typeof(QueuedMail))]
internal sealed partial class MailJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static MailJson Stored { get; } = new(StoredJson.CreateOptions());
}
