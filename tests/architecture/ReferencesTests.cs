using System.Xml.Linq;
using Vault.Tests.Support;

namespace Vault.Architecture.Tests;

/// <summary>Dependencies point downward only, as docs/architecture.md draws them.</summary>
public sealed class ReferencesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["cryptography"] = [],
        ["storage"] = [],
        ["protocol"] = ["cryptography"],
        ["client"] = ["protocol", "cryptography"],
        ["powershell"] = ["client"],
        ["grains.interfaces"] = ["protocol"],
        ["grains"] = ["grains.interfaces", "storage", "cryptography"],
        ["gateway"] = ["grains.interfaces", "protocol", "cryptography", "storage"],
        ["silo"] = ["grains", "gateway", "storage"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectReferences_Project_AreAllowed(string folder)
    {
        var references = Items(folder, "ProjectReference")
            .Where(item => (string?)item.Attribute("ReferenceOutputAssembly") != "false")
            .Select(item => Path.GetFileName(Path.GetDirectoryName((string)item.Attribute("Include")!)!));

        Assert.Empty(references.Except(Allowed[folder]));
    }

    [Theory]
    [InlineData("cryptography")]
    [InlineData("protocol")]
    [InlineData("client")]
    [InlineData("powershell")]
    public void PackageReferences_ClientSide_HaveNoOrleans(string folder) =>
        Assert.DoesNotContain(
            Items(folder, "PackageReference"), item => ((string)item.Attribute("Include")!).Contains("Orleans", StringComparison.Ordinal));

    [Theory]
    [InlineData("using System.Net.Sockets")]
    [InlineData("using System.IO.Pipelines")]
    [InlineData("Microsoft.Extensions")]
    [InlineData("File.")]
    public void Sources_Cryptography_TouchNoSocketsFilesOrContainers(string forbidden)
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "cryptography"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        Assert.DoesNotContain(sources, path => System.Text.RegularExpressions.Regex.IsMatch(
            File.ReadAllText(path), $@"(?<![\w.]){System.Text.RegularExpressions.Regex.Escape(forbidden)}"));
    }

    private static IEnumerable<XElement> Items(string folder, string kind)
    {
        var project = Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj").Single();
        return XDocument.Load(project).Descendants(kind);
    }
}
