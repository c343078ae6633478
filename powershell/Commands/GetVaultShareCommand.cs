using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultShare: who has the account's files, and which files others gave.</summary>
/// <remarks>A share is one file, given to one person.</remarks>
/// <example>
/// <para>Lists what the account gave and what others gave.</para>
/// <code>
/// Get-VaultShare
/// </code>
/// </example>
/// <example>
/// <para>Shows who has a file.</para>
/// <code>
/// Get-VaultFile papers/plan.pdf | Get-VaultShare
/// </code>
/// </example>
/// <example>
/// <para>Lists what Bob gave.</para>
/// <code>
/// Get-VaultShare -Received -Person bob@example.org
/// </code>
/// </example>
/// <seealso cref="GrantVaultShareCommand"/>
/// <seealso cref="RevokeVaultShareCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultShare", DefaultParameterSetName = ByName)]
[OutputType(typeof(VaultShare))]
public sealed class GetVaultShareCommand : SessionCmdlet
{
    private const string ByName = "Name", ByObject = "InputObject";

    /// <summary>Names of files, with wildcards; every file when it is not given.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Files as Get-VaultFile returns them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject,
        HelpMessage = "A file as Get-VaultFile returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultFile[]? InputObject { get; set; }

    /// <summary>Only shares with these people: addresses with wildcards.</summary>
    [Parameter]
    [Alias("With")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Person { get; set; }

    /// <summary>Only what the account gave.</summary>
    [Parameter]
    public SwitchParameter Given { get; set; }

    /// <summary>Only what others gave.</summary>
    [Parameter]
    public SwitchParameter Received { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (InputObject is { } files)
        {
            foreach (var file in files)
            {
                TryItem(file, () => ShowFile(file));
            }

            return;
        }

        if (Given || !Received)
        {
            TryItem(null, () => Show(Await(stop => UsedSession.ListGivenAsync(stop))));
        }

        if (Received || !Given)
        {
            TryItem(null, () => ShowReceived(_ => true));
        }
    }

    private void ShowFile(VaultFile file)
    {
        if (file.Owner is null)
        {
            Show(Await(stop => UsedSession.ListSharesAsync(file, stop)));
        }
        else
        {
            ShowReceived(share => share.File == file.Id);
        }
    }

    private void ShowReceived(Func<VaultShare, bool> wanted) => Await(async (pump, stop) =>
    {
        await foreach (var received in UsedSession.ListReceivedAsync(stop))
        {
            pump.Post(() =>
            {
                if (received.Share is not { } share)
                {
                    WriteError(VaultErrors.Record(received.Error!, received.Id)); // set: there is no share
                }
                else if (wanted(share))
                {
                    Show([share]);
                }
            });
        }
    });

    private void Show(IEnumerable<VaultShare> shares) => WriteObject(
        shares.Where(share => Matches(Name, share.Name ?? "") && Matches(Person, share.Person)), enumerateCollection: true);

    private static bool Matches(string[]? patterns, string text) =>
        patterns is null || patterns.Any(pattern => new WildcardPattern(pattern, WildcardOptions.CultureInvariant).IsMatch(text));
}
