using Vault.Protocol;

namespace Vault.Client;

/// <summary>One thing that happened to a file or to the account, from the events that the server stores.</summary>
/// <param name="Time">When the server stored it.</param>
/// <param name="Action">What, in words.</param>
/// <param name="Actor">Who did it, as far as the event says: an address, or the device and the network address of a sign-in.</param>
/// <param name="Person">Whom it concerns: an address where it is known, otherwise an account id; null for nobody else.</param>
/// <param name="Detail">What more there is to say; null for nothing.</param>
/// <param name="FileName">The file's name; null in the account's own history.</param>
/// <param name="Number">Its number in the history, from 1.</param>
/// <param name="Type">The event's name.</param>
public sealed record VaultHistoryEntry(
    DateTimeOffset Time, string Action, string Actor, string? Person, string? Detail, string? FileName, long Number, string Type);

/// <summary>Somebody who could read a file at a time.</summary>
/// <param name="Person">An address where it is known, otherwise an account id.</param>
/// <param name="Since">From when on.</param>
/// <param name="ExpiresAt">When that was to end by itself; null where it was not.</param>
/// <param name="FileName">The file's name today.</param>
/// <param name="Version">The newest version that the person could read then.</param>
public sealed record VaultFileReader(
    string Person, AccountId Account, DateTimeOffset Since, DateTimeOffset? ExpiresAt, string FileName, int Version);

/// <summary>Whether a history is what this machine saw of it before, and more.</summary>
/// <param name="Name">The file's name, or the account's address.</param>
/// <param name="File">The file; null for the account's own history.</param>
/// <param name="Events">How many events the server shows.</param>
/// <param name="Head">The hash at the last of them, 64 hexadecimal digits.</param>
/// <param name="Compared">With how many events of that history this machine's memory goes back; 0 where it saw it for the first time.</param>
public sealed record VaultHistoryCheck(string Name, FileId? File, long Events, string Head, long Compared)
{
    /// <summary>Whether it verifies.</summary>
    public bool Verified => Problem is null;

    /// <summary>What is wrong; null for nothing.</summary>
    public string? Problem { get; init; }
}
