using Vault.Client.Files;

namespace Vault.Client;

/// <summary>One of many files to send.</summary>
/// <param name="SourcePath">The file.</param>
/// <param name="Name">Its name in the vault.</param>
public sealed record SendItem(string SourcePath, string Name)
{
    /// <summary>How long the file is now, in bytes; of a link what it leads to; 0 where there is none.</summary>
    public long GetLength() => Source.LengthOf(SourcePath);
}

/// <summary>What became of one of many files: stored, or the reason why not.</summary>
/// <param name="File">The stored file; null where there is an error.</param>
/// <param name="Error">A <see cref="VaultException"/>, or what the file system said of the source.</param>
public sealed record SendResult(SendItem Item, VaultFile? File, Exception? Error)
{
    /// <summary>In one word.</summary>
    public TransferStatus Status { get; init; } = Error is null ? TransferStatus.Sent : TransferStatus.Failed;
}

/// <summary>One of many files to receive.</summary>
/// <param name="File">Of one's own, or received.</param>
/// <param name="TargetPath">Where to write it; its folder is made.</param>
public sealed record ReceiveItem(VaultFile File, string TargetPath);

/// <summary>What became of one of many files: written, or the reason why not.</summary>
/// <param name="Error">A <see cref="VaultException"/>, or what the file system said of the target; null where there is none.</param>
public sealed record ReceiveResult(ReceiveItem Item, TransferStatus Status, Exception? Error);

/// <summary>What became of a file.</summary>
public enum TransferStatus
{
    /// <summary>It was stored in the vault.</summary>
    Sent,

    /// <summary>It was written here.</summary>
    Received,

    /// <summary>It was there already, with the same length and time.</summary>
    Skipped,

    /// <summary>It was not moved.</summary>
    Failed,
}
