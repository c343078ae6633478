using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of listed files. Pure.</summary>
internal static class FileDecisions
{
    /// <summary>Names a file anew; two files never have one name.</summary>
    public static Decision<UserEvent> Name(UserState state, FileId file, NameTag tag, byte[] ownerMetadata)
    {
        if (state.Files.Find(file) is not { } listed)
        {
            return new Problem(ErrorCode.NotFound, "There is no such file.");
        }

        if (state.Files.Find(tag) is { } other && other.File != file)
        {
            return new Problem(ErrorCode.Conflict, "Another file has this name. Choose another one.");
        }

        return listed.NameTag == tag && listed.OwnerMetadata.AsSpan().SequenceEqual(ownerMetadata)
            ? Decision<UserEvent>.Nothing
            : new FileNamed(file, tag, ownerMetadata);
    }

    /// <summary>Takes a file out of the list; sends for it end with it. Nothing where it is not listed.</summary>
    public static Decision<UserEvent> Remove(UserState state, FileId file)
    {
        if (state.Files.Find(file) is null)
        {
            return Decision<UserEvent>.Nothing;
        }

        var released = state.Sends.Open.Values.Where(open => open.File == file).Select(open => open.Upload);
        return new FileRemoved(file, [.. released]);
    }

    /// <summary>Notes that the file's stream and content are gone.</summary>
    public static Decision<UserEvent> FinishRemoval(UserState state, FileId file) =>
        state.Files.Removing.Contains(file) ? new RemovalFinished(file) : Decision<UserEvent>.Nothing;

    /// <summary>Notes that the content of the versions before this one is gone.</summary>
    public static Decision<UserEvent> FinishReplacement(UserState state, FileId file, int version) =>
        state.Files.Replacing.TryGetValue(file, out var by) && by == version
            ? new ReplacementFinished(file, version)
            : Decision<UserEvent>.Nothing;
}
