using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Cryptography.Opaque;
using Vault.Grains.Mail;
using Vault.Grains.Registration;

namespace Vault.Grains.SignIn;

/// <summary>What a user grain needs to answer sign-ins.</summary>
internal sealed class SignInDesk(
    SiloKeys keys, AddressBook addresses, AccountBlobs blobs, OneTimeCodes codes, Outbox outbox, MailCodes mailCodes,
    Doorkeeper doorkeeper, IOptions<AttemptLimits> limits, ILogger<SignInDesk> logger)
{
    /// <summary>Which account an address belongs to.</summary>
    public AddressBook Addresses => addresses;

    /// <summary>Records and key rings.</summary>
    public AccountBlobs Blobs => blobs;

    /// <summary>The second factor.</summary>
    public OneTimeCodes Codes => codes;

    /// <summary>Mail to the account's owner.</summary>
    public Outbox Outbox => outbox;

    /// <summary>Codes that travel by mail.</summary>
    public MailCodes MailCodes => mailCodes;

    /// <summary>Who may register.</summary>
    public Doorkeeper Doorkeeper => doorkeeper;

    /// <summary>The server's half of OPAQUE.</summary>
    public OpaqueServer Opaque { get; } = new(keys.Opaque);

    /// <summary>Limits on attempts.</summary>
    public AttemptLimits Limits => limits.Value;

    /// <summary>Where sign-ins are logged, by account id.</summary>
    public ILogger Logger => logger;
}
