using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Revoke-VaultShare: takes files back.</summary>
/// <remarks>Without <c>-Rekey</c> the server gives the file to the person no more, from the next request on. Somebody who kept the
/// file key and gets at the stored content by other means could still open it: <c>-Rekey</c> stores the content anew under another
/// key, gives that to all others, and deletes the older versions. Copies (<c>Copy-VaultFile</c>) keep the content and the key that they were
/// made with: rekey or remove them too. What was fetched before stays fetched.</remarks>
/// <example>
/// <para>Takes a file from somebody.</para>
/// <code>
/// Revoke-VaultShare papers/plan.pdf -From bob@example.org
/// </code>
/// </example>
/// <example>
/// <para>Takes everything from somebody and stores it under new keys.</para>
/// <code>
/// Get-VaultShare -Given -Person bob@example.org | Revoke-VaultShare -Rekey
/// </code>
/// </example>
/// <seealso cref="GrantVaultShareCommand"/>
/// <seealso cref="GetVaultShareCommand"/>
[Cmdlet(VerbsSecurity.Revoke, "VaultShare", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RevokeVaultShareCommand : FilePasswordCmdlet
{
    private const string ByShare = "Share";

    /// <summary>Shares as Get-VaultShare returns them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByShare, HelpMessage = "A share as Get-VaultShare returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultShare[]? Share { get; set; }

    /// <summary>E-mail addresses of those who are to lose the files.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName, HelpMessage = "The e-mail address of somebody who has the file.")]
    [Parameter(Mandatory = true, ParameterSetName = ByLiteralName, HelpMessage = "The e-mail address of somebody who has the file.")]
    [Parameter(Mandatory = true, ParameterSetName = ById, HelpMessage = "The e-mail address of somebody who has the file.")]
    [Parameter(Mandatory = true, ParameterSetName = ByObject, HelpMessage = "The e-mail address of somebody who has the file.")]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? From { get; set; }

    /// <summary>Store the content anew under another key for those who keep it, and delete the older versions. Files that were sent with a
    /// password need it (<c>-Password</c>), and keep it.</summary>
    [Parameter]
    public SwitchParameter Rekey { get; set; }

    private protected override FileScope Scope => FileScope.Own;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        using var password = FilePassword();
        foreach (var share in Share ?? [])
        {
            TryItem(share, () => Revoke(FileOf(share, "take it back"), [share.Account.ToString()], share.Person, password));
        }

        if (From is { } people)
        {
            foreach (var file in Selected())
            {
                TryItem(file, () => Revoke(file, people, string.Join(", ", people), password));
            }
        }
    }

    private void Revoke(VaultFile file, string[] people, string shown, Cryptography.Primitives.SecretBytes? password)
    {
        if (!ShouldProcess(file.Name, Rekey ? $"Take from {shown}, store under a new key, delete older versions" : $"Take from {shown}"))
        {
            return;
        }

        // One new key is enough for all of them.
        foreach (var person in Rekey ? people[..^1] : people)
        {
            TryItem(file, () => Await((_, stop) => UsedSession.RevokeAsync(file, person, stop)));
        }

        if (Rekey)
        {
            var view = TransferView.Of(this, "Storing under a new key", 1, file.Length);
            Await((_, stop) => UsedSession.RevokeAndRekeyAsync(file, people[^1], password, view.Progress, stop), view.Tick);
            view.End();
        }
    }
}
