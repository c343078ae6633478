using System.Text.RegularExpressions;

namespace Vault.PowerShell.Tests;

/// <summary>The names of the cmdlets that the module's manifest exports: what the tests that walk every cmdlet walk.</summary>
internal static partial class ExportedCmdlets
{
    public static IReadOnlyList<string> Names { get; } = Read();

    public static TheoryData<string> Theory => [.. Names];

    // Read without an engine: the runner asks while it looks for tests.
    private static string[] Read()
    {
        var manifest = File.ReadAllText(VaultShell.Manifest);
        var list = Exports().Match(manifest);
        Assert.True(list.Success, "Vault.psd1 must list CmdletsToExport one by one.");
        return [.. Name().Matches(list.Value).Select(name => name.Value)];
    }

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\(.*?\)", RegexOptions.Singleline)]
    private static partial Regex Exports();

    [GeneratedRegex(@"(?<=')\w+-\w+(?=')")]
    private static partial Regex Name();
}
