using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vault.PowerShell.Help;

/// <summary>The documentation comments of some assemblies, as the compiler wrote them.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    /// <summary>Reads XML documentation files; other XML beside them is passed over.</summary>
    public static DocComments Load(IEnumerable<string> files)
    {
        var comments = new DocComments();
        foreach (var member in files.SelectMany(file => XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member")))
        {
            if ((string?)member.Attribute("name") is { } name)
            {
                comments._members[name] = member;
            }
        }

        return comments;
    }

    /// <summary>The comment of a type; empty where it has none.</summary>
    public XElement Of(Type type) => Find($"T:{type.FullName}");

    /// <summary>The comment of a property, where it is declared.</summary>
    public XElement Of(PropertyInfo property) => Find($"P:{property.DeclaringType!.FullName}.{property.Name}"); // every property has one

    /// <summary>The paragraphs of an element; none where it is null.</summary>
    public static IReadOnlyList<string> Paragraphs(XElement? element) => element is null
        ? []
        : [.. Text(element.Nodes()).Split('\f').Select(Tidy).Where(paragraph => paragraph.Length > 0)];

    /// <summary>The text of some nodes as one paragraph.</summary>
    public static string Line(IEnumerable<XNode> nodes) => Tidy(Text(nodes).Replace('\f', ' '));

    /// <summary>The lines of a code element, without the margin that the comment gives them.</summary>
    public static string Code(XElement element)
    {
        var lines = element.Value.Split('\n').Select(line => line.TrimEnd()).ToList();
        var margin = lines.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
        return string.Join('\n', lines.Select(line => line.Length > margin ? line[margin..] : "")).Trim('\n');
    }

    private XElement Find(string name) => _members.TryGetValue(name, out var member) ? member : new XElement("member");

    // A form feed parts paragraphs: no comment has one of its own.
    private static string Text(IEnumerable<XNode> nodes)
    {
        var text = new StringBuilder();
        foreach (var node in nodes)
        {
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "para" } para => $"\f{Text(para.Nodes())}\f",
                XElement { Name.LocalName: "see" } see => Reference(see),
                XElement { Name.LocalName: "paramref" } parameter => (string?)parameter.Attribute("name"),
                XElement element => Text(element.Nodes()),
                _ => "",
            });
        }

        return text.ToString();
    }

    // A property is a parameter to whoever reads help; anything else goes by its short name.
    private static string Reference(XElement see)
    {
        if ((string?)see.Attribute("cref") is not { } target)
        {
            return (string?)see.Attribute("langword") ?? (string?)see.Attribute("href") ?? "";
        }

        var name = target[(target.LastIndexOf('.') + 1)..];
        return target.StartsWith("P:Vault.PowerShell.", StringComparison.Ordinal) ? $"-{name}" : name;
    }

    private static string Tidy(string text) => Blank().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
