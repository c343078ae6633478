namespace Vault.PowerShell.Completion;

/// <summary>Completes the name that a file is to have: folders that are there, and files to go on from or to replace.</summary>
public class VaultNewNameCompleter : VaultFileCompleter
{
    private protected override FileScope Scope(CompletionRequest request) => FileScope.Own;

    private protected override bool IsPattern(CompletionRequest request) => false;

    private protected override string Above(CompletionRequest request) =>
        request.Parameter == "Name" && request.Bound("Destination") is string { Length: > 0 } folder ? folder.Trim('/') + "/" : "";
}

/// <summary>Completes folders in the vault.</summary>
public sealed class VaultFolderCompleter : VaultNewNameCompleter
{
    private protected override bool OffersFiles => false;
}
