using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;

namespace Vault.PowerShell;

/// <summary>Passwords kept by the module Microsoft.PowerShell.SecretManagement, where the person has installed it.</summary>
internal static class SecretStore
{
    private const string Module = "Microsoft.PowerShell.SecretManagement";

    /// <summary>The secret with that name: a password, or an e-mail address with its password.</summary>
    /// <exception cref="ArgumentException">The module is not there, has no such secret, or has one that is no password.</exception>
    public static (string? UserName, SecureString Password) Get(CommandInvocationIntrinsics invoke, string name)
    {
        if (invoke.GetCommand($"{Module}\\Get-Secret", CommandTypes.Cmdlet | CommandTypes.Function) is not { } command)
        {
            throw new ArgumentException($"The module {Module} is not installed, so there is no secret to take: Install-PSResource {Module}.");
        }

        return Run(invoke, command, name) switch
        {
            [{ BaseObject: SecureString password }] => (null, password),
            [{ BaseObject: PSCredential credential }] => (credential.UserName, credential.Password),
            _ => throw new ArgumentException($"The secret '{name}' is neither a SecureString nor a PSCredential."),
        };
    }

    private static Collection<PSObject> Run(CommandInvocationIntrinsics invoke, CommandInfo command, string name)
    {
        try
        {
            return invoke.InvokeScript(
                "param($command, $name) & $command -Name $name -ErrorAction Stop", useNewScope: true, PipelineResultTypes.None, null,
                command, name);
        }
        catch (RuntimeException error)
        {
            throw new ArgumentException($"The secret '{name}' cannot be read: {error.Message}", error);
        }
    }
}
