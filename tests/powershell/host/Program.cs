using System.Management.Automation.Runspaces;
using Engine = System.Management.Automation.PowerShell;

// The engine in a process that has none of this project's assemblies, as pwsh has none: runs the script given as the
// first argument with the others as its own, and prints what it returns and reports.
using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
runspace.Open();
using var engine = Engine.Create(runspace);
engine.AddScript(args[0]);
foreach (var argument in args[1..])
{
    engine.AddArgument(argument);
}

foreach (var result in engine.Invoke())
{
    Console.Out.WriteLine(result);
}

foreach (var error in engine.Streams.Error)
{
    Console.Error.WriteLine($"{error.FullyQualifiedErrorId}: {error}");
}

return engine.HadErrors ? 1 : 0;
