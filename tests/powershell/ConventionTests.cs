using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Security;
using System.Xml.Linq;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>What holds for every cmdlet that the module exports. A message says what to do about it.</summary>
public sealed class ConventionTests(HelpTests.Shell shared) : IClassFixture<HelpTests.Shell>
{
    // What these do leaves everything as it is; whatever has another verb changes something.
    private static readonly string[] ReadingVerbs =
        ["Compare", "Find", "Get", "Measure", "Read", "Search", "Show", "Test", "Wait", "Watch", "Connect", "Receive", "Export"];

    // A session is what these make, or what they are about.
    private static readonly string[] WithoutSession = ["Connect-Vault", "Disconnect-Vault", "Get-VaultSession"];

    // What these are called names things that exist; Tab offers which.
    private static readonly string[] NameThings =
        ["Name", "LiteralName", "NewName", "To", "From", "Person", "Contact", "Recipient", "Email", "Session", "Server", "AccessKey", "Version"];

    // A name for something new, and a file of this machine, which the engine completes.
    private static readonly string[] NameNothing = ["New-VaultAccessKey -Name", "Connect-Vault -AccessKey"];

    private static readonly string[] EndInS = ["Address", "Access", "Status", "Process", "Class"];

    public static TheoryData<string> Cmdlets => ExportedCmdlets.Theory;

    [Fact]
    public void Manifest_Exports_AreAllTheCmdletsThereAreInOrder()
    {
        var there = Type("Get-VaultFile").Assembly.GetExportedTypes()
            .Select(type => type.GetCustomAttribute<CmdletAttribute>()).OfType<CmdletAttribute>()
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}").Order(StringComparer.Ordinal);
        Assert.Equal(there, ExportedCmdlets.Names);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Name_Cmdlet_IsApprovedAndSingular(string name)
    {
        var approved = typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(type => type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (string)field.GetRawConstantValue()!); // constants of that type
        var (verb, noun) = (name.Split('-')[0], name.Split('-')[1]);
        Assert.True(approved.Contains(verb), $"{verb} is no approved verb: Get-Verb lists them.");
        Assert.StartsWith("Vault", noun, StringComparison.Ordinal);
        Assert.True(!IsPlural(noun), $"{noun} is plural: nouns are singular, however many a cmdlet returns.");
        Assert.Equal(name.Replace("-", "", StringComparison.Ordinal) + "Command", Type(name).Name);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Parameters_Cmdlet_AreNamedAsElsewhere(string name)
    {
        var parameters = Parameters(name);
        Assert.All(parameters, parameter =>
        {
            var type = parameter.PropertyType;
            Assert.True(char.IsAsciiLetterUpper(parameter.Name[0]) && parameter.Name.All(char.IsAsciiLetterOrDigit), $"-{parameter.Name} is not in Pascal case.");
            Assert.True(Is(type, typeof(SwitchParameter)) || !IsPlural(parameter.Name), $"-{parameter.Name} is plural: name it in the singular, also where it takes several.");
            Assert.False(type == typeof(bool), $"-{parameter.Name} is a bool: make it a SwitchParameter.");
            Assert.True(
                parameter.Name is not ("Force" or "PassThru" or "Recurse") || Is(type, typeof(SwitchParameter)),
                $"-{parameter.Name} is a switch everywhere else.");
            Assert.True(
                !parameter.Name.EndsWith("Password", StringComparison.Ordinal) || type == typeof(SecureString),
                $"-{parameter.Name} holds a secret: make it a SecureString.");
        });
        var names = parameters.SelectMany(parameter => Names(parameter)).Concat(Cmdlet.CommonParameters).ToList();
        Assert.Empty(names.GroupBy(one => one, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Parameters_Cmdlet_BindAsElsewhere(string name)
    {
        var parameters = Parameters(name);
        Assert.All(parameters, parameter =>
        {
            var attributes = parameter.GetCustomAttributes<ParameterAttribute>().ToList();
            Assert.True(
                attributes.TrueForAll(p => !p.Mandatory || !string.IsNullOrEmpty(p.HelpMessage)),
                $"-{parameter.Name} is mandatory: say in HelpMessage what it wants, for whoever is asked.");
            Assert.True(
                attributes.Select(p => p.ParameterSetName).Distinct().Count() == attributes.Count, $"-{parameter.Name} is twice in one set.");
        });
        Assert.True(
            Find(parameters, "LiteralName") is null || Find(parameters, "Name")?.GetCustomAttribute<SupportsWildcardsAttribute>() is not null,
            "-Name beside -LiteralName takes wildcards: mark it with [SupportsWildcards].");
        Assert.True(
            Find(parameters, "Password") is null || Find(parameters, "PasswordSecret")?.PropertyType == typeof(string),
            "Where -Password is, -PasswordSecret is too: pass both to Secret(Password, PasswordSecret).");

        var command = Command(name);
        Assert.True(
            command.ParameterSets.Count == 1 || command.DefaultParameterSet is not null, $"{name} has several parameter sets: declare the default one.");
        Assert.All(command.ParameterSets, set =>
        {
            var positions = set.Parameters.Where(p => p.Position != int.MinValue).Select(p => p.Position).ToList();
            Assert.True(positions.Distinct().Count() == positions.Count, $"Two parameters of {name}'s set {set.Name} have one position.");
            Assert.True(set.Parameters.Count(p => p.ValueFromPipeline) <= 1, $"{name}'s set {set.Name} takes two parameters from the pipeline by value.");
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Parameters_NamingWhatThereIs_AreCompleted(string name) => Assert.All(
        Parameters(name).Where(parameter => NameThings.Contains(parameter.Name) && !NameNothing.Contains($"{name} -{parameter.Name}")),
        parameter => Assert.True(
            parameter.PropertyType == typeof(SwitchParameter)
            || Derives(parameter.GetCustomAttribute<ArgumentCompleterAttribute>()?.Type, "VaultCompleter"),
            $"-{parameter.Name} names something that there is: add [ArgumentCompleter(typeof(Vault…Completer))]."));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Session_Cmdlet_CanBeGiven(string name) => Assert.True(
        WithoutSession.Contains(name)
        || Parameters(name).Any(parameter => parameter.Name is "Session" && parameter.PropertyType.FullName!.Contains("VaultSession", StringComparison.Ordinal))
        || Find(Parameters(name), "Server") is not null, // it opens one
        $"{name} has no -Session: derive it from SessionCmdlet.");

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void WhatIf_Cmdlet_IsThereWhereSomethingChanges(string name)
    {
        var declared = Type(name).GetCustomAttribute<CmdletAttribute>()!; // the engine would not run it without
        if (!ReadingVerbs.Contains(declared.VerbName))
        {
            Assert.True(declared.SupportsShouldProcess, $"{name} changes something: declare SupportsShouldProcess and ask ShouldProcess before.");
        }
        else if (declared.VerbName is not ("Receive" or "Export"))
        {
            Assert.False(declared.SupportsShouldProcess, $"{name} changes nothing: -WhatIf would promise what it cannot show.");
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Output_Cmdlet_IsDeclaredAndHasAView(string name)
    {
        var types = Type(name).GetCustomAttributes<OutputTypeAttribute>().SelectMany(attribute => attribute.Type).ToList();
        Assert.True(types.Count > 0, $"{name} does not say what it returns: add [OutputType]; typeof(void) where it returns nothing.");
        foreach (var type in types.Select(output => output.Name).Where(type => type.StartsWith("Vault.", StringComparison.Ordinal)))
        {
            Assert.True(Listed("Vault.Format.ps1xml", "TypeName").Contains(type), $"{type} has no view: add one to Vault.Format.ps1xml.");
            Assert.True(Listed("Vault.Types.ps1xml", "Name").Contains(type), $"{type} has no default display set: add one to Vault.Types.ps1xml.");
        }
    }

    [Fact]
    public void Types_Properties_Exist()
    {
        var types = XDocument.Load(Path.Combine(Repository.Root, "powershell", "Vault.Types.ps1xml")).Descendants("Type");
        foreach (var type in types)
        {
            var name = type.Element("Name")!.Value; // the engine refuses one without
            var real = (Type)shared.Engine.Run("param($name) $name -as [type]", name).MustSucceed().Output.Single().BaseObject;
            Assert.All(type.Descendants("ReferencedProperties").Elements("Name"), property => Assert.NotNull(real.GetProperty(property.Value)));
        }
    }

    [Fact]
    public void Views_Sizes_AreRightAligned() => Assert.All(
        XDocument.Load(Path.Combine(Repository.Root, "powershell", "Vault.Format.ps1xml")).Descendants("TableColumnHeader")
            .Where(header => (string?)header.Element("Label") == "Size"),
        header => Assert.Equal("Right", (string?)header.Element("Alignment")));

    [Fact]
    public void Manifest_Metadata_IsComplete()
    {
        var module = shared.Engine.Run("Get-Module Vault").MustSucceed().Output.Single();
        var info = (PSModuleInfo)module.BaseObject;
        Assert.Equal(new Version(7, 6), info.PowerShellVersion);
        Assert.Equal(["Core"], info.CompatiblePSEditions);
        Assert.NotEmpty(info.Tags);
        Assert.NotEmpty(info.Description);
        Assert.NotNull(info.LicenseUri);
        Assert.Equal(Type("Get-VaultFile").Assembly.GetName().Version!.ToString(3), info.Version.ToString());
        Assert.Empty(info.ExportedFunctions);
        Assert.Empty(info.ExportedVariables);
        Assert.Empty(info.ExportedAliases);
    }

    private static bool IsPlural(string name) =>
        name.EndsWith('s') && !name.EndsWith("ss", StringComparison.Ordinal) && !EndInS.Any(word => name.EndsWith(word, true, CultureInfo.InvariantCulture));

    // The module brings its own load context, the engine does not: its types are the same here.
    private static bool Is(Type type, Type engine) => type == engine;

    private static bool Derives(Type? type, string from) => type is not null && (type.Name == from || Derives(type.BaseType, from));

    private static PropertyInfo? Find(IEnumerable<PropertyInfo> parameters, string name) => parameters.FirstOrDefault(p => p.Name == name);

    private static IEnumerable<string> Names(PropertyInfo parameter) =>
        [parameter.Name, .. parameter.GetCustomAttribute<System.Management.Automation.AliasAttribute>()?.AliasNames ?? []];

    private static HashSet<string> Listed(string file, string element) =>
        [.. XDocument.Load(Path.Combine(Repository.Root, "powershell", file)).Descendants(element).Select(name => name.Value)];

    private CmdletInfo Command(string name) =>
        (CmdletInfo)shared.Engine.Run("param($name) Get-Command $name", name).MustSucceed().Output.Single().BaseObject;

    private Type Type(string name) => Command(name).ImplementingType;

    private List<PropertyInfo> Parameters(string name) =>
        [.. Type(name).GetProperties().Where(property => property.GetCustomAttributes<ParameterAttribute>().Any())];
}
