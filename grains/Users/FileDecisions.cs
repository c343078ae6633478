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
        return state.Files.Find(file) is null && !state.Files.Trashed.ContainsKey(file)
            ? Decision<UserEvent>.Nothing
            : new FileRemoved(file, SendsFor(state, file));
    }

    /// <summary>Puts a listed file into the trash; nothing where it is not listed.</summary>
    public static Decision<UserEvent> Trash(UserState state, FileId file, DateTimeOffset now) => state.Files.Find(file) is null
        ? Decision<UserEvent>.Nothing
        : new FileTrashed(file, now, SendsFor(state, file));

    /// <summary>Takes a file out of the trash, if its name is still free.</summary>
    public static Decision<UserEvent> Restore(UserState state, FileId file)
    {
        if (!state.Files.Trashed.TryGetValue(file, out var trashed))
        {
            return state.Files.Find(file) is null
                ? new Problem(ErrorCode.NotFound, "There is no such file.")
                : Decision<UserEvent>.Nothing;
        }

        return state.Files.Find(trashed.File.NameTag) is null
            && state.Sends.Open.Values.All(open => open.NameTag != trashed.File.NameTag)
                ? new FileRestored(file)
                : new Problem(ErrorCode.Conflict, "Another file has the name meanwhile. Rename or remove that one first.");
    }

    /// <summary>Lets the oldest versions of a file go where it has more than are kept.</summary>
    public static Decision<UserEvent> Trim(UserState state, FileId file, int kept) =>
        state.Files.Find(file) is { } listed && listed.Versions.Length > kept
            ? new OldVersionsRemoved(file, [.. listed.Versions[..^kept].Select(version => version.Upload)])
            : Decision<UserEvent>.Nothing;

    /// <summary>Notes that the content of those versions is gone.</summary>
    public static Decision<UserEvent> FinishTrim(UserState state, FileId file) =>
        state.Files.Surplus.ContainsKey(file) ? new OldVersionsGone(file) : Decision<UserEvent>.Nothing;

    /// <summary>Notes that the file's stream and content are gone.</summary>
    public static Decision<UserEvent> FinishRemoval(UserState state, FileId file) =>
        state.Files.Removing.Contains(file) ? new RemovalFinished(file) : Decision<UserEvent>.Nothing;

    /// <summary>Notes that the content of the versions before this one is gone.</summary>
    public static Decision<UserEvent> FinishReplacement(UserState state, FileId file, int version) =>
        state.Files.Replacing.TryGetValue(file, out var by) && by == version
            ? new ReplacementFinished(file, version)
            : Decision<UserEvent>.Nothing;

    /// <summary>The open sends that would make a version of a file.</summary>
    public static IReadOnlyList<UploadId> SendsFor(UserState state, FileId file) =>
        [.. state.Sends.Open.Values.Where(open => open.File == file).Select(open => open.Upload)];
}
