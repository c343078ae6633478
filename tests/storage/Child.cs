using System.Diagnostics;

namespace Vault.Storage.Tests;

/// <summary>This assembly run again as a process of its own; see <see cref="Program"/>.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    internal StreamReader Output => _process.StandardOutput;

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    internal static Child Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Child).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new Child(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start."));
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }
}
