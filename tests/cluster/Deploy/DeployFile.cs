using Vault.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>Reads the YAML files that operators start from.</summary>
internal static class DeployFile
{
    public static string PathOf(params ReadOnlySpan<string> names) => Path.Combine([Repository.Root, "deploy", .. names]);

    public static List<YamlNode> Load(string file)
    {
        var stream = new YamlStream();
        using var text = File.OpenText(PathOf(file));
        stream.Load(text);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    public static YamlMappingNode Map(YamlNode node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = node[name];
        }

        return (YamlMappingNode)node;
    }

    public static string Text(YamlNode node, string name) => ((YamlScalarNode)node[name]).Value ?? "";

    public static List<string> Names(YamlMappingNode map) => [.. map.Children.Keys.Select(key => key.ToString()).Order(StringComparer.Ordinal)];

    public static HashSet<string> Items(YamlMappingNode map, string name) => map.Children.TryGetValue(name, out var items)
        ? [.. ((YamlSequenceNode)items).Select(item => item.ToString())]
        : [];

    // What "<<" stands for in YAML 1.1: what is missing comes from there.
    public static YamlMappingNode Merged(YamlMappingNode map)
    {
        var whole = new YamlMappingNode();
        foreach (var (key, value) in map.Children.Where(child => child.Key.ToString() != "<<"))
        {
            whole.Add(key, value);
        }

        if (map.Children.TryGetValue("<<", out var other))
        {
            foreach (var (key, value) in Merged((YamlMappingNode)other).Children.Where(child => !whole.Children.ContainsKey(child.Key)))
            {
                whole.Add(key, value);
            }
        }

        return whole;
    }
}
