using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Grant-VaultShare: gives files to people of the same server. The file key is sealed here to each person's public key;
/// the stored content stays as it is.</summary>
/// <remarks>At the first contact with somebody, the fingerprint of their keys is shown as unverified: compare it with
/// the person by another way than this server.</remarks>
/// <example>
/// <para>Gives a file to somebody.</para>
/// <code>
/// Grant-VaultShare papers/plan.pdf -To bob@example.org
/// </code>
/// </example>
/// <example>
/// <para>Gives all files of a folder for a week, and shows the shares.</para>
/// <code>
/// Get-VaultFile papers/* | Grant-VaultShare -To bob@example.org -ExpiresAfter 7.00:00:00 -Force -PassThru
/// </code>
/// </example>
/// <example>
/// <para>Grants again what somebody cannot read any more, whose keys were reset and confirmed anew.</para>
/// <code>
/// Get-VaultShare -Given | Where-Object IsReadable -eq $false | Grant-VaultShare
/// </code>
/// </example>
/// <seealso cref="GetVaultShareCommand"/>
/// <seealso cref="RevokeVaultShareCommand"/>
/// <seealso cref="ConfirmVaultContactCommand"/>
[Cmdlet(VerbsSecurity.Grant, "VaultShare", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(VaultShare))]
public sealed class GrantVaultShareCommand : FilePasswordCmdlet
{
    private const string ByShare = "Share";

    /// <summary>Shares that are no longer readable, as Get-VaultShare returns them: their people's keys have changed.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByShare, HelpMessage = "A share as Get-VaultShare returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultShare[]? Share { get; set; }

    /// <summary>E-mail addresses of those who are to have the files.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName, HelpMessage = "The e-mail address of somebody with an account at this server.")]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByLiteralName, HelpMessage = "The e-mail address of somebody with an account at this server.")]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ById, HelpMessage = "The e-mail address of somebody with an account at this server.")]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByObject, HelpMessage = "The e-mail address of somebody with an account at this server.")]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] To { get; set; } = [];

    /// <summary>Give only if this is the person's fingerprint, and remember it as confirmed; for one recipient.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Fingerprint { get; set; }

    /// <summary>Give only to people whose fingerprint was confirmed.</summary>
    [Parameter]
    public SwitchParameter RequireVerified { get; set; }

    /// <summary>How long the share lasts.</summary>
    [Parameter]
    public TimeSpan? ExpiresAfter { get; set; }

    /// <summary>When the share ends; a time without zone is local.</summary>
    [Parameter]
    public DateTime? Until { get; set; }

    /// <summary>Put the grant in the place of one that the person has, to change when it ends.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return each share.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override FileScope Scope => FileScope.Own;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Need(To, () =>
        {
            if (ExpiresAfter is not null && Until is not null)
            {
                throw new ArgumentException("-ExpiresAfter and -Until both say when the share ends: give one of them.");
            }

            if (ExpiresAfter <= TimeSpan.Zero)
            {
                throw new ArgumentException("-ExpiresAfter must be longer than nothing.");
            }

            if (ExpiresAfter > DateTimeOffset.MaxValue - DateTimeOffset.UtcNow)
            {
                throw new ArgumentException("-ExpiresAfter ends after the last day there is: leave it out for a share without an end.");
            }

            if (Fingerprint is not null && To.Length > 1)
            {
                throw new ArgumentException("-Fingerprint is one person's: give it with one address in -To.");
            }
        });
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        using var password = FilePassword();
        foreach (var share in Share ?? [])
        {
            TryItem(share, () => Give(FileOf(share, "share it"), [share.Person], End() ?? share.ExpiresAt, password));
        }

        foreach (var file in Selected())
        {
            TryItem(file, () => Give(file, To, End(), password));
        }
    }

    private void Give(VaultFile file, string[] people, DateTimeOffset? until, Cryptography.Primitives.SecretBytes? password)
    {
        var wanted = people.Where(person => ShouldProcess(file.Name, $"Give to {person}")).ToArray();
        if (wanted.Length > 0)
        {
            Show(file, Await(stop => UsedSession.GrantAsync(
                file,
                wanted,
                new GrantOptions
                {
                    Password = password,
                    ExpiresAt = until,
                    Fingerprint = Fingerprint,
                    RequireVerified = RequireVerified,
                    Replace = Force,
                },
                stop)));
        }
    }

    private DateTimeOffset? End() => ExpiresAfter is { } time ? DateTimeOffset.UtcNow + time : Until is { } end ? TypedTime.Of(end) : null;

    private void Show(VaultFile file, IReadOnlyList<GrantResult> results)
    {
        foreach (var result in results)
        {
            if (result.Share is not { } share)
            {
                TryItem($"{file.Name}, {result.Recipient}", () => throw result.Error!); // set: there is no share
                continue;
            }

            if (share is { IsFirstContact: true, Verified: false })
            {
                WriteWarning(
                    $"First contact with {share.Person}. Fingerprint: {share.Fingerprint}, Verified = False. Compare it with the "
                    + "person by another way than this server, then run Confirm-VaultContact.");
            }

            if (PassThru)
            {
                WriteObject(share);
            }
        }
    }
}
