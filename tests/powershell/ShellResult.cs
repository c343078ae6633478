using System.Management.Automation;

namespace Vault.PowerShell.Tests;

/// <summary>What a script left behind.</summary>
public sealed record ShellResult(
    IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, IReadOnlyList<WarningRecord> Warnings,
    RuntimeException? Thrown)
{
    /// <summary>Fails the test with the script's own errors where there are any.</summary>
    public ShellResult MustSucceed()
    {
        Assert.True(Thrown is null, Thrown?.ToString());
        Assert.True(Errors.Count == 0, string.Join('\n', Errors.Select(e => $"{e} {e.FullyQualifiedErrorId} {e.Exception}")));
        return this;
    }

    /// <summary>The one error that the script reported and went on from.</summary>
    public ErrorRecord MustReport()
    {
        Assert.True(Thrown is null, Thrown?.ToString());
        return Assert.Single(Errors);
    }

    /// <summary>Every object as text.</summary>
    public IEnumerable<string> Texts => Output.Select(o => o?.ToString() ?? "");
}
