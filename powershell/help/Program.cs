using System.Reflection;
using System.Runtime.InteropServices;
using Vault.PowerShell.Help;

// Writes the module's MAML from its cmdlets and their documentation comments:
// <cmdlet assembly> <file to write> <folders with the assemblies it references>…
if (args is not [var assembly, var target, .. var references])
{
    Console.Error.WriteLine("Usage: <cmdlet assembly> <file to write> <folders or files it references>…");
    return 2;
}

var files = references
    .Append(Path.GetDirectoryName(Path.GetFullPath(assembly))!) // a file lies in a folder
    .Append(RuntimeEnvironment.GetRuntimeDirectory())
    .SelectMany(place => File.Exists(place) ? [place] : Directory.EnumerateFiles(place, "*.dll"))
    .DistinctBy(Path.GetFileName);
using var metadata = new MetadataLoadContext(new PathAssemblyResolver(files));
var documentation = DocComments.Load(Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(assembly))!, "*.xml"));
var cmdlets = new CmdletReader(documentation).Read(metadata.LoadFromAssemblyPath(Path.GetFullPath(assembly)));
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
new MamlFile(cmdlets).Save(target);
return 0;
