using Vault.Client.Contacts;
using Vault.Client.History;
using Vault.Client.Keys;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>What everything that a signed-in person does works with.</summary>
/// <param name="Heads">What this machine has seen of the account's histories and contacts.</param>
internal sealed record SignedIn(VaultConnection Connection, KeyRing Ring, AccountId Account, ContactBook Contacts, SeenHeads Heads);
