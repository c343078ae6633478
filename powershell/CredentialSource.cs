using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Whom a person signs in as, and with which password: what was given, what is remembered, and the rest asked for.</summary>
/// <param name="given">All of it, in one.</param>
/// <param name="email">The address alone.</param>
/// <param name="password">The password alone.</param>
/// <param name="secret">The name of a secret that holds a password, or both.</param>
internal sealed class CredentialSource(PSCredential? given, string? email, SecureString? password, string? secret)
{
    /// <summary>Finds both.</summary>
    /// <param name="cmdlet">Whose host asks.</param>
    /// <param name="server">Where.</param>
    /// <param name="remembered">The account used last at the server, if any.</param>
    /// <param name="mayAsk">Whether somebody may be there to answer.</param>
    /// <exception cref="ArgumentException">Something is missing, and nobody answers.</exception>
    public (string Email, SecureString Password) Find(PSCmdlet cmdlet, ServerAddress server, string? remembered, bool mayAsk)
    {
        if (given is not null)
        {
            return (given.UserName, given.Password);
        }

        if (password is not null && secret is not null)
        {
            throw new ArgumentException("-Password and -PasswordSecret both say what the password is: give one of them.");
        }

        var (stored, known) = secret is null ? (null, password) : SecretStore.Get(cmdlet.InvokeCommand, secret);
        var name = email ?? stored ?? remembered;
        if (name is not null && known is not null)
        {
            return (name, known);
        }

        if (!mayAsk)
        {
            throw Missing();
        }

        try
        {
            name ??= Ask(cmdlet.Host.UI, $"E-mail at {server}: ", ui => ui.ReadLine());
            return (name, known ?? Ask(cmdlet.Host.UI, $"Password of {name} at {server}: ", ui => ui.ReadLineAsSecureString()));
        }
        catch (Exception error) when (error is PSInvalidOperationException or HostException or NotImplementedException)
        {
            throw Missing();
        }
    }

    private static T Ask<T>(PSHostUserInterface ui, string question, Func<PSHostUserInterface, T> read)
    {
        ui.Write(question);
        return read(ui);
    }

    private static ArgumentException Missing() => new(
        "E-mail or password is missing, and nobody is there to ask: pass -Credential, or -Email with -Password or -PasswordSecret.");
}
