using System.Xml.Linq;

namespace Vault.PowerShell.Help;

/// <summary>Cmdlet help in the format that Get-Help reads (MAML).</summary>
internal sealed class MamlFile(IReadOnlyList<CmdletHelp> cmdlets)
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the file.</summary>
    public void Save(string path) => new XDocument(new XElement(
        Items + "helpItems",
        new XAttribute("schema", "maml"),
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        cmdlets.Select(Cmdlet))).Save(path);

    private static XElement Cmdlet(CmdletHelp cmdlet) => new(
        Command + "command",
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            Description([cmdlet.Synopsis])),
        Description(cmdlet.Description),
        new XElement(
            Command + "syntax",
            cmdlet.ParameterSets.Select(set => new XElement(
                Command + "syntaxItem", new XElement(Maml + "name", cmdlet.Name), set.Select(Parameter)))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(Parameter)),
        new XElement(
            Command + "inputTypes",
            cmdlet.Parameters.Where(parameter => parameter.ByValue || parameter.ByPropertyName)
                .Select(parameter => Type(Command + "inputType", parameter.Type, parameter.Description))),
        new XElement(
            Command + "returnValues",
            cmdlet.Outputs.Select(output => Type(Command + "returnValue", output, output.Description))),
        new XElement(Command + "examples", cmdlet.Examples.Select(Example)),
        new XElement(
            Command + "relatedLinks",
            cmdlet.Links.Append("about_Vault").Select(link => new XElement(
                Maml + "navigationLink", new XElement(Maml + "linkText", link), new XElement(Maml + "uri")))));

    private static XElement Parameter(ParameterHelp parameter) => new(
        Command + "parameter",
        new XAttribute("required", parameter.Mandatory),
        new XAttribute("variableLength", true),
        new XAttribute("globbing", parameter.Wildcards),
        new XAttribute("pipelineInput", Pipeline(parameter)),
        new XAttribute("position", parameter.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        Description(parameter.Description),
        parameter.Values.Count == 0
            ? null
            : new XElement(Command + "parameterValueGroup", parameter.Values.Select(value => Value(value, required: false))),
        parameter.IsSwitch ? null : Value(parameter.Type.Name, required: true),
        new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type.Name), new XElement(Maml + "uri")),
        new XElement(Dev + "defaultValue", parameter.IsSwitch ? "False" : "None"));

    private static XElement Value(string text, bool required) => new(
        Command + "parameterValue", new XAttribute("required", required), new XAttribute("variableLength", false), text);

    private static XElement Type(XName name, TypeHelp type, IReadOnlyList<string> description) => new(
        name,
        new XElement(Dev + "type", new XElement(Maml + "name", type.FullName), new XElement(Maml + "uri")),
        Description(description));

    private static XElement Example(ExampleHelp example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", $"Example {index + 1}: {example.Title}"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", example.Remarks.Select(Paragraph)));

    private static XElement Description(IEnumerable<string> paragraphs) => new(Maml + "description", paragraphs.Select(Paragraph));

    private static XElement Paragraph(string text) => new(Maml + "para", text);

    private static string Pipeline(ParameterHelp parameter) => (parameter.ByValue, parameter.ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
