using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultHistory: shows who did what and when, on a file or on the account.</summary>
/// <remarks>The history is the events as the server stores them, chained by hashes, and is shown only if it goes on from what this machine
/// saw of it before: see Test-VaultHistory. Only the owner of a file sees its history.</remarks>
/// <example>
/// <para>Shows what happened to a file.</para>
/// <code>
/// Get-VaultHistory papers/plan.pdf
/// </code>
/// </example>
/// <example>
/// <para>Shows who could read a file at a time.</para>
/// <code>
/// Get-VaultHistory papers/plan.pdf -AsOf ([datetime]::Now)
/// </code>
/// </example>
/// <example>
/// <para>Shows what happened to the account: sign-ins with device and address among it.</para>
/// <code>
/// Get-VaultHistory
/// </code>
/// </example>
/// <seealso cref="TestVaultHistoryCommand"/>
/// <seealso cref="GetVaultShareCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultHistory", DefaultParameterSetName = ByName)]
[OutputType(typeof(VaultHistoryEntry), typeof(VaultFileReader))]
public sealed class GetVaultHistoryCommand : HistoryCmdlet
{
    /// <summary>Show who could read the file at this time, and not what happened to it; a time without zone is local.</summary>
    [Parameter]
    public DateTime? AsOf { get; set; }

    private protected override void Process(VaultFile? file)
    {
        if (AsOf is not { } time)
        {
            Await(async (pump, stop) =>
            {
                await foreach (var entry in UsedSession.ReadHistoryAsync(file, stop))
                {
                    pump.Post(() => WriteObject(entry));
                }
            });
            return;
        }

        if (file is null)
        {
            throw new ArgumentException("-AsOf tells who could read a file: name one.");
        }

        WriteObject(Await(stop => UsedSession.GetReadersAsync(file, TypedTime.Of(time), stop)), enumerateCollection: true);
    }
}
