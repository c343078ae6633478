namespace Vault.Protocol;

/// <summary>Begins a change of the password, in a session that was just started with the present one.</summary>
/// <param name="RegistrationRequest">OPAQUE RegistrationRequest of the new password, 32 bytes.</param>
public sealed record PasswordStartRequest(byte[] RegistrationRequest);

/// <summary>Answer to <see cref="PasswordStartRequest"/>.</summary>
/// <param name="RegistrationResponse">OPAQUE RegistrationResponse, 64 bytes.</param>
public sealed record PasswordStartReply(byte[] RegistrationResponse);

/// <summary>Changes what opens the account, all of it in one event. Parts that are null stay. Sent again it is done already.</summary>
/// <param name="RegistrationRecord">With a new password: its OPAQUE RegistrationRecord, 192 bytes.</param>
/// <param name="SealedKeyRing">The key ring under a key from the export key; needed with a new password.</param>
/// <param name="RecoverySealedKeyRing">The key ring under the recovery key.</param>
/// <param name="Profile">With new keys in the ring: the profile's next version, which the keys before have signed too.</param>
/// <param name="Restored">The lost key ring (<see cref="LostKeyRing.Number"/>) that is in this one from here on.</param>
public sealed record ChangeKeysRequest(
    byte[]? RegistrationRecord, byte[]? SealedKeyRing, byte[]? RecoverySealedKeyRing, SignedProfile? Profile, int? Restored);

/// <summary>Key rings that resets without a recovery key put aside; a recovery key that is found again opens one of them.</summary>
public sealed record LostKeyRingsReply(IReadOnlyList<LostKeyRing> KeyRings);

/// <summary>One that was put aside.</summary>
/// <param name="Number">Which.</param>
/// <param name="RecoverySealedKeyRing">The ring under the recovery key of then.</param>
/// <param name="Profile">The profile that its keys had.</param>
/// <param name="ContactsVersion">The version of the contacts of then; 0 where there were none.</param>
public sealed record LostKeyRing(int Number, byte[] RecoverySealedKeyRing, SignedProfile Profile, int ContactsVersion);
