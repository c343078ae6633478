using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <summary>Everything that happens to the recoveries of an account. No addresses and no codes.</summary>
internal abstract record RecoveryEvent;

/// <summary>Somebody asked for a code.</summary>
internal sealed record RecoveryRequested(CommandId Request, DateTimeOffset At) : RecoveryEvent;

/// <summary>A code was made for a request, in place of one that it had before.</summary>
/// <param name="Hash">See <see cref="Mail.MailCodes.Hash"/>.</param>
internal sealed record CodeIssued(CommandId Request, byte[] Hash, DateTimeOffset ExpiresAt) : RecoveryEvent;

/// <summary>Wrong codes were tried; they count against every code there is.</summary>
internal sealed record CodesTried(int Count) : RecoveryEvent;

/// <summary>A code was right. It is used up, and opened a reset.</summary>
/// <param name="Channel">SHA-256 over the connection's handshake hash and key: no other connection can finish the reset.</param>
/// <param name="Generation">Of the account's record.</param>
internal sealed record CodeAccepted(CommandId Request, byte[] Channel, int Generation, DateTimeOffset ExpiresAt) : RecoveryEvent;

/// <summary>The password was reset: codes and open resets are over.</summary>
internal sealed record RecoveryCompleted(DateTimeOffset At) : RecoveryEvent;

[JsonSerializable(typeof(RecoveryRequested))]
[JsonSerializable(typeof(CodeIssued))]
[JsonSerializable(typeof(CodesTried))]
[JsonSerializable(typeof(CodeAccepted))]
[JsonSerializable(typeof(RecoveryCompleted))]
[JsonSerializable(typeof(RecoverySnapshot))]
internal sealed partial class RecoveryJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static RecoveryJson Stored { get; } = new(StoredJson.CreateOptions());
}
