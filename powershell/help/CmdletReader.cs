using System.Reflection;
using System.Xml.Linq;

namespace Vault.PowerShell.Help;

/// <summary>Reads cmdlets from an assembly that is only looked at, never run.</summary>
internal sealed class CmdletReader(DocComments comments)
{
    private const string Engine = "System.Management.Automation.";
    private const string AllSets = "__AllParameterSets";

    private static readonly TypeHelp Switch = new("SwitchParameter", Engine + "SwitchParameter", []);

    private static readonly ParameterHelp[] ShouldProcess =
    [
        new("WhatIf", ["Shows what would happen. Nothing is changed."], Switch, true, false, null, false, false, false, ["wi"], []),
        new("Confirm", ["Asks before anything is changed."], Switch, true, false, null, false, false, false, ["cf"], []),
    ];

    /// <summary>Every cmdlet, in the order of their names.</summary>
    public IReadOnlyList<CmdletHelp> Read(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(type => !type.IsAbstract && Find(type, "CmdletAttribute") is not null)
            .Select(Read).OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];

    private CmdletHelp Read(Type type)
    {
        var attribute = Find(type, "CmdletAttribute")!; // only types that have one come here
        var (verb, noun) = ((string)attribute.ConstructorArguments[0].Value!, (string)attribute.ConstructorArguments[1].Value!); // it takes both
        var changes = Named(attribute, "SupportsShouldProcess", false);
        var inSets = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(Read).ToList();
        var sets = inSets.Select(entry => entry.Set).Where(set => set != AllSets).Distinct().ToList();
        var comment = comments.Of(type);
        var summary = DocComments.Line(comment.Element("summary")?.Nodes() ?? []);
        var synopsis = Capital(summary.StartsWith($"{verb}-{noun}:", StringComparison.Ordinal) ? summary[$"{verb}-{noun}:".Length..].Trim() : summary);
        IReadOnlyList<ParameterHelp> Add(IEnumerable<ParameterHelp> own) => [.. own, .. changes ? ShouldProcess : []];
        return new CmdletHelp(
            verb, noun, synopsis,
            [synopsis, .. DocComments.Paragraphs(comment.Element("remarks"))],
            Add(inSets.GroupBy(entry => entry.Parameter.Name).Select(group => group.First().Parameter)
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)),
            [.. (sets.Count == 0 ? [AllSets] : sets).Select(set => Add(inSets.Where(entry => entry.Set == set || entry.Set == AllSets)
                .Select(entry => entry.Parameter)
                .OrderBy(parameter => parameter.Position ?? int.MaxValue).ThenBy(parameter => !parameter.Mandatory)))],
            [.. Outputs(type)],
            [.. comment.Elements("example").Select(Example)],
            [.. comment.Elements("seealso").Select(Link)]);
    }

    private IEnumerable<(string Set, ParameterHelp Parameter)> Read(PropertyInfo property)
    {
        foreach (var attribute in property.GetCustomAttributesData().Where(data => data.AttributeType.FullName == Engine + "ParameterAttribute"))
        {
            var type = property.PropertyType;
            var position = Named(attribute, "Position", int.MinValue);
            yield return (Named(attribute, "ParameterSetName", AllSets), new ParameterHelp(
                property.Name,
                [.. DocComments.Paragraphs(comments.Of(property).Element("summary")), .. DocComments.Paragraphs(comments.Of(property).Element("remarks"))],
                Describe(type),
                type.FullName == Switch.FullName,
                Named(attribute, "Mandatory", false),
                position == int.MinValue ? null : position,
                Named(attribute, "ValueFromPipeline", false),
                Named(attribute, "ValueFromPipelineByPropertyName", false),
                Find(property, "SupportsWildcardsAttribute") is not null,
                Strings(Find(property, "AliasAttribute")),
                Values(property)));
        }
    }

    private IEnumerable<TypeHelp> Outputs(Type type) =>
        type.GetCustomAttributesData().Where(data => data.AttributeType.FullName == Engine + "OutputTypeAttribute")
            .SelectMany(data => data.ConstructorArguments)
            .SelectMany(argument => argument.Value is IReadOnlyList<CustomAttributeTypedArgument> many ? many : [argument])
            .Select(argument => argument.Value as Type)
            .OfType<Type>()
            .Select(output => output.FullName == "System.Void" ? new TypeHelp("None", "None", ["It returns nothing."]) : Describe(output));

    private TypeHelp Describe(Type type)
    {
        var shown = Nullable(type);
        var element = shown.IsArray ? shown.GetElementType()! : shown; // an array has elements
        return new TypeHelp(shown.Name, shown.FullName ?? shown.Name, DocComments.Paragraphs(comments.Of(element).Element("summary")));
    }

    private static IReadOnlyList<string> Values(PropertyInfo property)
    {
        var type = Nullable(property.PropertyType);
        return type.IsEnum ? [.. type.GetEnumNames()] : Strings(Find(property, "ValidateSetAttribute"));
    }

    private static ExampleHelp Example(XElement example)
    {
        var code = example.Element("code");
        return new ExampleHelp(
            DocComments.Line(example.Nodes().TakeWhile(node => node != code)).TrimEnd('.'),
            code is null ? "" : DocComments.Code(code),
            code is null ? [] : DocComments.Paragraphs(new XElement("remarks", code.NodesAfterSelf())));
    }

    // To a cmdlet by its class, to a topic by its text.
    private static string Link(XElement link)
    {
        var name = ((string?)link.Attribute("cref") ?? "").Split('.')[^1];
        if (!name.EndsWith("Command", StringComparison.Ordinal))
        {
            return link.Value;
        }

        var noun = name.IndexOf("Vault", StringComparison.Ordinal);
        return $"{name[..noun]}-{name[noun..^"Command".Length]}";
    }

    private static Type Nullable(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1" ? type.GetGenericArguments()[0] : type;

    private static CustomAttributeData? Find(MemberInfo member, string name) =>
        member.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.FullName == Engine + name);

    private static IReadOnlyList<string> Strings(CustomAttributeData? attribute) =>
        attribute?.ConstructorArguments is [{ Value: IReadOnlyList<CustomAttributeTypedArgument> texts }, ..]
            ? [.. texts.Select(text => text.Value as string).OfType<string>()]
            : [];

    private static T Named<T>(CustomAttributeData attribute, string name, T otherwise) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value is T value ? value : otherwise;

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
