namespace Vault.PowerShell.Tests;

/// <summary>Every example of every cmdlet's help does what it says, against a real server.</summary>
/// <remarks>An example runs in an <see cref="ExampleWorld"/>. What it needs besides is arranged by
/// <c>tests/powershell/examples/Verb-Noun.ps1</c>, where there is one, before each example of that cmdlet.</remarks>
public sealed class ExampleTests(Server server) : IClassFixture<Server>
{
    public static TheoryData<string> Cmdlets => ExportedCmdlets.Theory;

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Examples_Cmdlet_Run(string name)
    {
        using var world = new ExampleWorld(server);
        var examples = world.Shell.Run("param($name) (Get-Help $name).examples.example.ForEach({ $_.code })", name).MustSucceed();
        foreach (var example in examples.Texts)
        {
            world.Arrange(name);
            var result = world.Run(example);
            Assert.True(
                result.Thrown is null && result.Errors.Count == 0,
                $"An example of {name} fails:\n{example}\n"
                + string.Join('\n', result.Errors.Select(e => $"{e.FullyQualifiedErrorId}: {e}").Append(result.Thrown?.ToString()))
                + $"\nIf it needs something that is not there, arrange it in tests/powershell/examples/{name}.ps1.");
        }
    }

    [Fact]
    public void Arrangements_All_BelongToACmdlet() => Assert.Empty(
        Directory.EnumerateFiles(ExampleWorld.Folder, "*-*.ps1").Select(Path.GetFileNameWithoutExtension).Except(ExportedCmdlets.Names));
}
