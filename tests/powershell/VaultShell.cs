using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Vault.Tests.Support;
using Engine = System.Management.Automation.PowerShell;

namespace Vault.PowerShell.Tests;

/// <summary>A runspace of the real engine with the built module imported as a person would import it.</summary>
public sealed class VaultShell : IDisposable
{
    public static readonly string Manifest = Path.Combine(Repository.Root, "artifacts", "Vault", "Vault.psd1");

    private readonly Runspace _runspace;

    public VaultShell()
    {
        _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        _runspace.Open();
        Run("param($m) $ErrorActionPreference = 'Stop'; Import-Module $m; $ErrorActionPreference = 'Continue'", Manifest).MustSucceed();
    }

    public ShellResult Run(string script, params object[] arguments)
    {
        using var engine = Engine.Create(_runspace);
        engine.AddScript(script);
        foreach (var argument in arguments)
        {
            engine.AddArgument(argument);
        }

        return Invoke(engine);
    }

    private static ShellResult Invoke(Engine engine)
    {
        RuntimeException? thrown = null;
        var output = new PSDataCollection<PSObject>();
        try
        {
            engine.Invoke(null, output);
        }
        catch (RuntimeException error)
        {
            thrown = error;
        }

        return new ShellResult([.. output], [.. engine.Streams.Error], thrown);
    }

    public void Dispose() => _runspace.Dispose();
}
