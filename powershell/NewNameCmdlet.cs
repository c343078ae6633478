namespace Vault.PowerShell;

/// <summary>A cmdlet that gives files another name in the vault.</summary>
public abstract class NewNameCmdlet : FilePasswordCmdlet
{
    private bool _isTyped;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isTyped = MyInvocation.BoundParameters.TryGetValue("NewName", out var given) && given is string; // a script block is there, too
    }

    /// <summary>The name in the vault that <c>-NewName</c> means, without a slash at its end where it is a path on a drive. What was typed is
    /// read from the place where the person stands; what an object or a script block says is a whole name, unless it names a drive.</summary>
    /// <exception cref="ArgumentException">It is on a drive of another session.</exception>
    private protected string NewVaultName(string given) =>
        _isTyped || given.Contains(':') ? VaultName(given) : given;
}
