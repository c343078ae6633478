using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;
using Vault.Tests.Support;
using Engine = System.Management.Automation.PowerShell;

namespace Vault.PowerShell.Tests;

/// <summary>A runspace of the real engine with the built module imported as a person would import it.</summary>
/// <remarks>Only the engine's core cmdlets are there: Get-ChildItem and the like belong to modules that cannot be
/// hosted.</remarks>
public sealed class VaultShell : IDisposable
{
    // A stop that takes this long is a hang, on however slow a machine.
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(2);

    private readonly Runspace _runspace;

    public VaultShell()
    {
        _runspace = RunspaceFactory.CreateRunspace(Host, InitialSessionState.CreateDefault2());
        _runspace.Open();
        Run("param($manifest) Import-Module $manifest -ErrorAction Stop", Manifest).MustSucceed();
    }

    /// <summary>What a person imports.</summary>
    public static string Manifest { get; } = Path.Combine(Repository.Root, "artifacts", "Vault", "Vault.psd1");

    /// <summary>The person at this shell.</summary>
    public TestHost Host { get; } = new();

    public static SecureString Secure(string text)
    {
        var password = new SecureString();
        foreach (var character in text)
        {
            password.AppendChar(character);
        }

        return password;
    }

    /// <summary>Runs a script to its end; its <c>param()</c> block takes <paramref name="arguments"/>.</summary>
    public ShellResult Run(string script, params object?[] arguments)
    {
        using var engine = Prepare(script, arguments);
        return Invoke(engine, null);
    }

    /// <summary>Runs a script that must be ended by an error, not merely report one, and returns that error.</summary>
    public ErrorRecord RunToError(string script, params object?[] arguments) => (ErrorRecord)Run(
        "param($script, $rest) try { $null = . ([scriptblock]::Create($script)) @rest } catch { return $_ }; throw 'It went on.'",
        script,
        arguments).MustSucceed().Output[0].BaseObject;

    /// <summary>Runs a script with <paramref name="input"/> as its <c>$input</c>.</summary>
    public ShellResult Pipe(IEnumerable<object> input, string script, params object?[] arguments)
    {
        using var engine = Prepare(script, arguments);
        return Invoke(engine, input);
    }

    /// <summary>Runs a script and stops it, as Ctrl+C does, once <paramref name="begun"/> says so; one that ends before is
    /// not stopped.</summary>
    public async Task<ShellResult> RunAndStopAsync(Func<bool> begun, string script, params object?[] arguments)
    {
        using var engine = Prepare(script, arguments);
        var running = Task.Run(() => Invoke(engine, null));
        while (!running.IsCompleted && !begun())
        {
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(2)));
        }

        if (!running.IsCompleted)
        {
            await Task.Factory.FromAsync(engine.BeginStop, engine.EndStop, null).WaitAsync(StopLimit);
        }

        return await running.WaitAsync(StopLimit);
    }

    public void Dispose() => _runspace.Dispose();

    private static ShellResult Invoke(Engine engine, IEnumerable<object>? input)
    {
        RuntimeException? thrown = null;
        var output = new PSDataCollection<PSObject>();
        try
        {
            engine.Invoke(input, output);
        }
        catch (RuntimeException error)
        {
            thrown = error;
        }

        return new ShellResult([.. output], [.. engine.Streams.Error], [.. engine.Streams.Warning], thrown);
    }

    private Engine Prepare(string script, object?[] arguments)
    {
        var engine = Engine.Create(_runspace);
        engine.AddScript(script);
        foreach (var argument in arguments)
        {
            engine.AddArgument(argument);
        }

        return engine;
    }
}
