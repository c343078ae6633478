using System.Globalization;
using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Reset-VaultPassword: sets a new password with a mailed code, and opens a session.</summary>
/// <remarks>
/// <para>With the recovery key nothing is lost. Without it a new key ring begins: what was sealed to the old one, files of your own and
/// files that others gave, no longer opens. The command lists those files first (<c>-Verbose</c>) and asks; in a script, <c>-Force</c>
/// says that it may go on. Files with a password of their own still open, and get their names back when they are received with it.
/// The old key ring is kept: Restore-VaultKeyRing brings everything back if the recovery key is found.</para>
/// <para>The server's key must be known: pinned in the address as the mail has it, or met before on this machine. Every session of the
/// account ends, and a notice is mailed. People who share with you see that your keys changed, and have to confirm the new ones. A code
/// is used up by the first reset that is begun with it.</para>
/// <para>Where one-time codes are on, a reset without the recovery key needs one, or a backup code: it is asked for. In a script that has none
/// to give the command ends with <c>code_required</c>, and the mailed code stays good for another try with <c>-OneTimeCode</c>.</para>
/// <para>Where the connection is lost when the password may be reset already, the new recovery key is written out all the same, with an error
/// that says what to do. A script that errors end finds the key in that error's <c>TargetObject</c>.</para>
/// </remarks>
/// <example>
/// <para>Resets with the recovery key: nothing is lost.</para>
/// <code>
/// $code = Read-Host 'Code from the mail'
/// $recoveryKey = Read-Host 'Recovery key' -AsSecureString
/// $password = Read-Host 'New password' -AsSecureString
/// Reset-VaultPassword 'vault.example.org#vaultserver1…' ada@example.org -Code $code -NewPassword $password -RecoveryKey $recoveryKey
/// </code>
/// </example>
/// <example>
/// <para>Resets without it, in a script, and keeps the new recovery key.</para>
/// <code>
/// $code = Read-Host 'Code from the mail'
/// $password = Read-Host 'New password' -AsSecureString
/// $key = Reset-VaultPassword 'vault.example.org#vaultserver1…' ada@example.org -Code $code -NewPassword $password -Force
/// </code>
/// </example>
/// <seealso cref="RequestVaultRecoveryCommand"/>
/// <seealso cref="RestoreVaultKeyRingCommand"/>
[Cmdlet(VerbsCommon.Reset, "VaultPassword", SupportsShouldProcess = true)]
[OutputType(typeof(VaultRecoveryKey))]
public sealed class ResetVaultPasswordCommand : ServerCmdlet
{
    /// <summary>The server: <c>host</c>, <c>host:port</c>, or <c>host:port#vaultserver1…</c> to pin its key; several where it has several
    /// gateways.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The server: host, host:port or host:port#vaultserver1…")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Server { get; set; } = [];

    /// <summary>The account's e-mail address.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The e-mail address of your account.")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string Email { get; set; } = "";

    /// <summary>The code from the mail; case, blanks and dashes do not matter.</summary>
    [Parameter(Mandatory = true, Position = 2, HelpMessage = "The code from the mail.")]
    [ValidateNotNullOrEmpty]
    public string Code { get; set; } = "";

    /// <summary>The new password.</summary>
    [Parameter(Mandatory = true, HelpMessage = "The new password of your account.")]
    [ValidateNotNull]
    public SecureString? NewPassword { get; set; }

    /// <summary>The recovery key, <c>vaultrecovery1…</c>: with it every file stays readable.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? RecoveryKey { get; set; }

    /// <summary>The code of your authenticator, or a backup code, where the account has a second factor.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OneTimeCode { get; set; }

    /// <summary>Go on without the recovery key, whatever no longer opens then.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(string.Join(',', Server), $"Reset the password of {Email}"))
        {
            return;
        }

        using var password = Secret(NewPassword)!; // mandatory
        using var recoveryKey = Need("RecoveryKey", () => RecoveryKey?.ToRecoveryKey());
        var address = AddressOf(Server);
        var given = OptionsFor(address, OneTimeCode);
        using var account = Need<RecoveredAccount>(address, () =>
        {
            RecoveredAccount result = null!; // assigned by the work, or it throws
            Await(async (pump, stop) =>
            {
                var options = given with { AskForCode = _ => AskAsync(pump, TypedCode) };
                result = await VaultRecovery.ResetAsync(
                    address, Email, Code, password, recoveryKey, losses => AskAsync(pump, () => Ask(losses)), options, stop);
            });
            return result;
        });
        if (account.Failure is null)
        {
            SessionTable.Current.Add(account.Session);
        }

        if (account.NewRecoveryKey is { } key)
        {
            HandOut(
                address, Email, key, account.Failure,
                "There is a new key ring, and a new recovery key: write it down and keep it away from this machine. It is shown this once. "
                + "Keep looking for the old one: Restore-VaultKeyRing brings everything back with it.");
        }
    }

    // The person is asked on the pipeline's thread, while the reset waits.
    private static Task<T> AskAsync<T>(PipelinePump pump, Func<T> ask)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Post(() =>
        {
            try
            {
                answer.SetResult(ask());
            }
            catch (Exception error)
            {
                answer.SetException(error);
            }
        });
        return answer.Task;
    }

    private string? TypedCode() => AskForCode() is { Length: > 0 } code ? code : null;

    private bool Ask(IReadOnlyList<LostFile> losses)
    {
        foreach (var loss in losses)
        {
            WriteVerbose(string.Create(
                CultureInfo.InvariantCulture,
                $"no longer opens: {loss.Id} {(loss.IsReceived ? "received" : "own")} {loss.StoredLength} bytes {loss.StoredAt:u}"));
        }

        if (Force || losses.Count == 0)
        {
            return true;
        }

        try
        {
            return ShouldContinue(Describe(losses), "Reset without the recovery key");
        }
        catch (Exception error) when (IsNobodyThere(error))
        {
            return false; // the error says what is missing
        }
    }

    private static string Describe(IReadOnlyList<LostFile> losses)
    {
        var own = losses.Count(loss => !loss.IsReceived);
        var lines = losses.Take(20).Select(loss => string.Create(
            CultureInfo.InvariantCulture,
            $"  {loss.Id}  {(loss.IsReceived ? "received" : "own     ")}  {ReadableSize.Text(loss.StoredLength),10}  {loss.StoredAt:yyyy-MM-dd}"));
        var more = losses.Count > 20 ? $"\n  and {losses.Count - 20} more (-Verbose lists all)" : "";
        return $"Without the recovery key these no longer open: {own} files of your own, and {losses.Count - own} that others gave you.\n\n"
            + string.Join('\n', lines) + more
            + "\n\nFiles with passwords of their own still open. The old key ring is kept: a recovery key that is found later brings "
            + "everything back. Go on without it?";
    }
}
