using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.PowerShell;

/// <summary>What every cmdlet of the module does alike: wait for the client, stop when told, and say what went
/// wrong.</summary>
public abstract class VaultCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <inheritdoc />
    protected override void StopProcessing()
    {
        // The engine calls this from a thread of its own, perhaps while the pipeline ends by itself.
        lock (_gate)
        {
            if (!_disposed)
            {
                _stop.Cancel();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called by the engine when the pipeline has ended, however it ended.</summary>
    protected virtual void Dispose(bool disposing)
    {
        lock (_gate)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                _stop.Dispose();
            }
        }
    }

    /// <summary>Waits for <paramref name="work"/> on the pipeline's thread; Ctrl+C cancels it and waits for its
    /// clean-up.</summary>
    private protected void Await(Func<PipelinePump, CancellationToken, Task> work, Action? tick = null)
    {
        using var pump = new PipelinePump(TimeProvider.System);
        pump.Run(stop => work(pump, stop), tick, _stop.Token);
    }

    /// <summary>Waits for <paramref name="work"/> and returns what it made.</summary>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work)
    {
        T result = default!; // Run returns only when the work has assigned it
        Await(async (_, stop) => result = await work(stop));
        return result;
    }

    /// <summary>What a disk that fails is a failure of: most cmdlets only read there.</summary>
    private protected virtual ErrorCategory OnDisk => ErrorCategory.ReadError;

    /// <summary>Whether a person can be asked.</summary>
    private protected bool CanAsk => Host.Name != "ConsoleHost" || (Environment.UserInteractive && !Console.IsInputRedirected);

    /// <summary>Runs a step that concerns one item: what fails is reported, and the pipeline goes on.</summary>
    /// <param name="target">The item.</param>
    /// <param name="step">What is done.</param>
    /// <param name="alone">Whether what fails of this item says nothing of the next one, whatever it is.</param>
    /// <returns>Whether the step succeeded.</returns>
    private protected bool TryItem(object? target, Action step, bool alone = false)
    {
        try
        {
            step();
            return true;
        }
        catch (Exception error) when (VaultErrors.IsExpected(error))
        {
            var record = VaultErrors.Record(error, target, OnDisk);
            if (!alone && VaultErrors.EndsEverything(error))
            {
                ThrowTerminatingError(record);
            }

            WriteError(record);
            return false;
        }
    }

    /// <summary>Runs a step without which the cmdlet cannot go on: what fails ends it.</summary>
    private protected T Need<T>(object? target, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception error) when (VaultErrors.IsExpected(error))
        {
            ThrowTerminatingError(VaultErrors.Record(error, target, OnDisk));
            throw; // not reached: the line above always throws
        }
    }

    /// <summary>Runs a step without which the cmdlet cannot go on: what fails ends it.</summary>
    private protected void Need(object? target, Action step) => Need<object?>(target, () =>
    {
        step();
        return null;
    });

    /// <summary>The full path of a file of this machine, which need not exist.</summary>
    private protected string ResolveFilePath(string typed)
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(typed, out var provider, out _);
        return provider.Name == "FileSystem"
            ? Path.GetFullPath(path)
            : throw new ArgumentException($"'{typed}' is not on a disk of this machine, but a place of {provider.Name}. Name a folder of this machine.");
    }

    /// <summary>The password's bytes, to be disposed; null for none.</summary>
    /// <param name="password">As it was given; null for not at all.</param>
    /// <param name="secret">The name of a secret of SecretManagement to take in its place.</param>
    private protected SecretBytes? Secret(SecureString? password, string? secret = null)
    {
        if (secret is null)
        {
            return password is null ? null : Need("Password", password.ToSecretBytes);
        }

        return Need(secret, () => password is null
            ? SecretStore.Get(InvokeCommand, secret).Password.ToSecretBytes()
            : throw new ArgumentException("-Password and -PasswordSecret both say what the password is: give one of them."));
    }

    /// <summary>Hands out a recovery key, once, and then says what there is to know of it.</summary>
    /// <param name="server">Where the account is.</param>
    /// <param name="email">Whose it is.</param>
    /// <param name="key">The caller's to dispose.</param>
    /// <param name="failure">What else went wrong. Where errors are to end commands, the key is in the error's target.</param>
    /// <param name="caution">What to do with the key.</param>
    private protected void HandOut(ServerAddress server, string email, RecoveryKey key, Exception? failure, string caution)
    {
        var shown = new VaultRecoveryKey(server.ToString(), email, key.Reveal().MoveToSecureString());
        try
        {
            WriteObject(shown);
        }
        catch (PipelineStoppedException)
        {
            // Ctrl+C, while the server was at it: nothing that is written arrives any more, but for what the host shows.
            Host.UI.WriteWarningLine(
                $"The command was stopped when the recovery key of {email} may have been changed already. Keep the one before, and this: "
                + shown.Reveal());
            throw;
        }

        Tell(shown, failure, caution);
    }

    /// <summary>The same of backup codes, of which the authenticator can do without.</summary>
    private protected void HandOut(VaultBackupCodes codes, Exception? failure, string caution)
    {
        WriteObject(codes);
        Tell(codes, failure, caution);
    }

    private void Tell(object shown, Exception? failure, string caution)
    {
        Caution(caution);
        if (failure is not null)
        {
            var record = VaultErrors.Record(failure, shown);
            record.ErrorDetails.RecommendedAction += " What was written out is this error's TargetObject, too.";
            WriteError(record);
        }
    }

    /// <summary>Warns of what is done already, once everything that the command hands out is written.</summary>
    /// <remarks>Where warnings are to end commands (Stop, or Inquire and Halt) the person sees it, and nothing ends: what a command has written
    /// that ends with an error does not reach the variable it is assigned to, and a key is handed out once.</remarks>
    private protected void Caution(string text)
    {
        var asked = MyInvocation.BoundParameters.TryGetValue("WarningAction", out var given) ? given : GetVariableValue("WarningPreference");
        if (LanguagePrimitives.TryConvertTo<ActionPreference>(asked, out var preference)
            && preference is ActionPreference.Stop or ActionPreference.Inquire)
        {
            Host.UI.WriteWarningLine(text);
        }
        else
        {
            WriteWarning(text);
        }
    }

    /// <summary>Runs a step, and once more with the code that the person types where the server wants one and none was given.</summary>
    private protected T WithCode<T>(string? oneTimeCode, Func<string?, T> step)
    {
        try
        {
            return step(oneTimeCode);
        }
        catch (VaultException error)
            when (error.Code == VaultErrorCode.CodeRequired && oneTimeCode is null && AskForCode() is { Length: > 0 } code)
        {
            return step(code);
        }
    }

    /// <summary>Asks the person for the code of the second factor; null where nobody can be asked.</summary>
    private protected string? AskForCode()
    {
        if (!CanAsk)
        {
            return null;
        }

        try
        {
            Host.UI.Write("One-time code (of your authenticator, or a backup code): ");
            return Host.UI.ReadLine()?.Trim();
        }
        catch (Exception error) when (IsNobodyThere(error))
        {
            return null; // the error itself says what is missing
        }
    }

    /// <summary>Whether asking failed because there is nobody to ask.</summary>
    private protected static bool IsNobodyThere(Exception error) =>
        error is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException;
}
