using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Cryptography.Opaque;

namespace Vault.Grains.SignIn;

/// <summary>What a user grain needs to answer sign-ins.</summary>
internal sealed class SignInDesk(
    SiloKeys keys, AddressBook addresses, AccountBlobs blobs, OneTimeCodes codes, IOptions<AttemptLimits> limits, ILogger<SignInDesk> logger)
{
    /// <summary>Which account an address belongs to.</summary>
    public AddressBook Addresses => addresses;

    /// <summary>Records and key rings.</summary>
    public AccountBlobs Blobs => blobs;

    /// <summary>The second factor.</summary>
    public OneTimeCodes Codes => codes;

    /// <summary>The server's half of OPAQUE.</summary>
    public OpaqueServer Opaque { get; } = new(keys.Opaque);

    /// <summary>Limits on attempts.</summary>
    public AttemptLimits Limits => limits.Value;

    /// <summary>Where sign-ins are logged, by account id.</summary>
    public ILogger Logger => logger;
}
