using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Receive-VaultFile: brings files back from the vault, own and received, and decrypts them here.</summary>
[Cmdlet(VerbsCommunications.Receive, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ReceiveVaultFileCommand : FetchCmdlet
{
    private protected override string Activity => "Receive from the vault";

    private protected override Task FetchAsync(
        VaultFile file, string path, ReceiveOptions options, TransferView view, CancellationToken stop) =>
        UsedSession.ReceiveAsync(file, path, options, view, stop);
}
