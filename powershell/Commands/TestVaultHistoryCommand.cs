using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Test-VaultHistory: verifies that the server still shows the history that this machine saw before.</summary>
/// <remarks><para>Every event of the account and of a file is chained to the one before by a hash. This machine remembers where the chains
/// ended when it saw them: at each send, and each time a history is shown or tested. A server that goes back to an older state, shows
/// two people different histories, or loses a file, is caught when its chain does not lead through what is remembered.</para>
/// <para>A machine that has seen nothing yet can only remember. Without parameters the account and all its files are tested, those in the
/// trash too, and that the lists have every file that the account's history tells of, at its newest version.</para></remarks>
/// <example>
/// <para>Tests the account and all its files.</para>
/// <code>
/// Test-VaultHistory
/// </code>
/// </example>
/// <example>
/// <para>Tests some files, and stops a script where one does not verify.</para>
/// <code>
/// Get-VaultFile papers/* | Test-VaultHistory -ErrorAction Stop
/// </code>
/// </example>
/// <seealso cref="GetVaultHistoryCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "VaultHistory", DefaultParameterSetName = ByName)]
[OutputType(typeof(VaultHistoryCheck))]
public sealed class TestVaultHistoryCommand : HistoryCmdlet
{
    private protected override void Process(VaultFile? file)
    {
        if (file is not null)
        {
            Show(Await(stop => UsedSession.CheckHistoryAsync(file, stop)));
            return;
        }

        Await(async (pump, stop) =>
        {
            await foreach (var check in UsedSession.CheckHistoriesAsync(stop))
            {
                pump.Post(() => Show(check));
            }
        });
    }

    private void Show(VaultHistoryCheck check)
    {
        WriteObject(check);
        if (check.Problem is { } problem)
        {
            WriteError(VaultErrors.Record(
                new VaultException(
                    VaultErrorCode.IntegrityFailed, $"{check.Name}: {problem}",
                    "Ask the server's operator whether an older state was restored. If not, the server lies or was broken into."),
                check));
        }
    }
}
