using System.Management.Automation;

namespace Vault.PowerShell.Tests;

/// <summary>Get-Help without a network: every cmdlet is described, with all its parameters and examples.</summary>
public sealed class HelpTests(HelpTests.Shell shared) : IClassFixture<HelpTests.Shell>
{
    public static TheoryData<string> Cmdlets => ExportedCmdlets.Theory;

    private VaultShell Engine => shared.Engine;

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_Cmdlet_SaysWhatItDoes(string name)
    {
        var help = Get(name);
        var synopsis = Text(help, "Synopsis");
        Assert.True(
            synopsis.Length > 0 && !synopsis.Contains(name, StringComparison.OrdinalIgnoreCase) && !synopsis.Contains('\n'),
            $"{name} has no synopsis ('{synopsis}'): begin the <summary> of its class with '{name}: ' and a sentence.");
        Assert.True(
            Lines(help, "description").Count > 1,
            $"{name} has a synopsis and no more: add <remarks> to its class, with what a person must know before using it.");
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_Parameters_AreAllDescribed(string name)
    {
        var described = Items(Get(name), "parameters", "parameter").ToDictionary(
            parameter => Text(parameter, "name"), parameter => string.Join(' ', Lines(parameter, "description")));
        var own = Engine.Run(
            "param($name) (Get-Command $name).Parameters.Keys.Where({ $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters })",
            name).MustSucceed().Texts;
        Assert.All(own, parameter => Assert.True(
            described.TryGetValue(parameter, out var text) && text.Length > 0,
            $"-{parameter} of {name} is not described: give its property a <summary>."));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_Examples_AreTwoOrMoreAndParse(string name)
    {
        var examples = Items(Get(name), "examples", "example").ToList();
        Assert.True(
            examples.Count >= 2,
            $"{name} has {examples.Count} examples: add <example> elements to its class until there are two: what it does in <para>, the "
            + "lines in <code>, more in <para>. ExampleTests runs them.");
        Assert.All(examples, example =>
        {
            var code = Text(example, "code");
            Assert.Contains(name, code, StringComparison.Ordinal);
            Assert.True(Text(example, "title").Split(": ", 2)[^1].Length > 5, $"Say before <code> what the example of {name} does: {code}");
            System.Management.Automation.Language.Parser.ParseInput(code, out _, out var errors);
            Assert.Empty(errors);
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_Links_NameWhatIsThere(string name)
    {
        foreach (var link in Items(Get(name), "relatedLinks", "navigationLink").Select(link => Text(link, "linkText")))
        {
            Engine.Run("param($topic) $null = Get-Help $topic -ErrorAction Stop", link).MustSucceed();
        }
    }

    [Theory]
    [InlineData("about_Vault")]
    [InlineData("about_Vault_Security")]
    [InlineData("about_Vault_Scripting")]
    public void Help_Topic_IsThere(string name)
    {
        var text = string.Concat(Engine.Run("param($topic) Get-Help $topic", name).MustSucceed().Texts);
        Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.True(text.Length > 1_000, $"{name} is too short to help anybody.");
    }

    [Fact]
    public void Help_Scripting_NamesEveryCode()
    {
        var text = string.Concat(Engine.Run("Get-Help about_Vault_Scripting").MustSucceed().Texts);
        Assert.All(Enum.GetValues<Vault.Client.VaultErrorCode>(), code => Assert.Contains(VaultErrors.IdOf(code), text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("about_Vault")]
    [InlineData("about_Vault_Security")]
    [InlineData("about_Vault_Scripting")]
    public void Help_Topic_AssignsToNoVariableOfTheEngine(string name)
    {
        var text = string.Concat(Engine.Run("param($topic) Get-Help $topic", name).MustSucceed().Texts);
        foreach (var variable in System.Text.RegularExpressions.Regex.Matches(text, @"\$(\w+) = ").Select(match => match.Groups[1].Value))
        {
            Engine.Run("param($name) if ($ExecutionContext.SessionState.PSVariable.Get($name)) { throw \"`$$name is the engine's.\" }", variable).MustSucceed();
        }
    }

    [Fact]
    public void Help_DestinationOfPatterns_EndsInASlash()
    {
        // Without it, one file that matches becomes a file of the folder's name.
        var texts = ExportedCmdlets.Names
            .SelectMany(name => Items(Get(name), "examples", "example").Select(example => Text(example, "code")))
            .Concat(new[] { "about_Vault", "about_Vault_Scripting" }.SelectMany(
                topic => Engine.Run("param($topic) Get-Help $topic", topic).MustSucceed().Texts))
            .Append(File.ReadAllText(Path.Combine(Vault.Tests.Support.Repository.Root, "README.md")));
        var folders = texts.SelectMany(text => System.Text.RegularExpressions.Regex.Matches(text, @"Receive-VaultFile[^\n]*-Destination (\S+)"))
            .Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(folders);
        Assert.All(folders, folder => Assert.True(folder.EndsWith('/') || Path.HasExtension(folder.TrimStart('.')), folder));
    }

    [Fact]
    public void Help_ExamplesOnTheScreen_ShowTheLinesAndTheWords()
    {
        var shown = string.Join('\n', Engine.Run("Get-Help Send-VaultFile -Examples | Out-Default; $null").MustSucceed().Texts)
            + Engine.Host.Shown;
        Assert.Contains("Send-VaultFile ./secret.pdf", shown, StringComparison.Ordinal);
        Assert.Contains("Sends a folder with all that is in it", shown, StringComparison.Ordinal);
        Assert.Contains("archive/papers/plan.pdf", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OneParameter_IsFound()
    {
        var description = Engine.Run("(Get-Help Receive-VaultFile -Parameter Destination).description.Text").MustSucceed().Texts;
        Assert.Contains("below which each file gets its name", string.Concat(description), StringComparison.Ordinal);
    }

    private PSObject Get(string name) => Assert.Single(Engine.Run("param($name) Get-Help $name -Full", name).MustSucceed().Output);

    private static string Text(PSObject from, string property) => from.Properties[property]?.Value?.ToString()?.Trim() ?? "";

    private static IReadOnlyList<string> Lines(PSObject from, string property) =>
        [.. Many(from.Properties[property]?.Value).Select(line => Text(line, "Text")).Where(line => line.Length > 0)];

    private static IEnumerable<PSObject> Items(PSObject from, string list, string item) =>
        from.Properties[list]?.Value is PSObject inner ? Many(inner.Properties[item]?.Value) : [];

    // The engine makes an array of several and leaves one alone.
    private static IEnumerable<PSObject> Many(object? value) => value switch
    {
        null => [],
        PSObject { BaseObject: object[] several } => several.Select(PSObject.AsPSObject),
        object[] several => several.Select(PSObject.AsPSObject),
        var one => [PSObject.AsPSObject(one)],
    };

    public sealed class Shell : IDisposable
    {
        public VaultShell Engine { get; } = new();

        public void Dispose() => Engine.Dispose();
    }
}
