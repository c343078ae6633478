using Vault.Client.Contacts;
using Vault.Client.Keys;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>What everything that a signed-in person does works with.</summary>
internal sealed record SignedIn(VaultConnection Connection, KeyRing Ring, AccountId Account, ContactBook Contacts);
