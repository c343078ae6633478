namespace Vault.PowerShell.Help;

/// <summary>All that help says of a cmdlet.</summary>
/// <param name="Synopsis">One line.</param>
/// <param name="Description">Paragraphs.</param>
/// <param name="ParameterSets">The parameters of each set, in the order of the syntax.</param>
/// <param name="Outputs">What it returns.</param>
/// <param name="Links">Names of other topics.</param>
internal sealed record CmdletHelp(
    string Verb, string Noun, string Synopsis, IReadOnlyList<string> Description, IReadOnlyList<ParameterHelp> Parameters,
    IReadOnlyList<IReadOnlyList<ParameterHelp>> ParameterSets, IReadOnlyList<TypeHelp> Outputs, IReadOnlyList<ExampleHelp> Examples,
    IReadOnlyList<string> Links)
{
    /// <summary>Verb and noun.</summary>
    public string Name => $"{Verb}-{Noun}";
}

/// <summary>A parameter, in one set or, where the sets differ, as most of them have it.</summary>
/// <param name="Position">Null for one that is named.</param>
/// <param name="Values">What it takes, where that is a short list.</param>
internal sealed record ParameterHelp(
    string Name, IReadOnlyList<string> Description, TypeHelp Type, bool IsSwitch, bool Mandatory, int? Position, bool ByValue,
    bool ByPropertyName, bool Wildcards, IReadOnlyList<string> Aliases, IReadOnlyList<string> Values);

/// <summary>A type that goes in or comes out.</summary>
/// <param name="Name">As a person writes it.</param>
/// <param name="FullName">As the engine writes it.</param>
internal sealed record TypeHelp(string Name, string FullName, IReadOnlyList<string> Description);

/// <summary>An example: what it does, the lines, and what there is to say of them.</summary>
internal sealed record ExampleHelp(string Title, string Code, IReadOnlyList<string> Remarks);
