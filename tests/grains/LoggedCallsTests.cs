using System.Reflection;
using System.Runtime.CompilerServices;
using Vault.Grains.Interfaces;

namespace Vault.Grains.Tests;

/// <summary>A call that failed or expired is logged with its arguments, so no argument may say what the log must not have.</summary>
public sealed class LoggedCallsTests
{
    // Text that is a place in a list, or an id or a hash that says nothing of a person.
    private static readonly HashSet<string> Harmless =
    [
        "IUserGrain.EndOthers id", "IUserGrain.GetHistory after", "IFileGrain.GetHistory after", "IFileGrain.DeleteGrants blob",
    ];

    private static IEnumerable<ParameterInfo> Parameters =>
        from assembly in new[] { typeof(IUserGrain).Assembly, typeof(VaultGrains).Assembly }
        from type in assembly.GetTypes()
        where type.IsInterface && type.IsAssignableTo(typeof(IGrain))
        from method in type.GetMethods()
        from parameter in method.GetParameters()
        select parameter;

    [Fact]
    public void GrainCalls_Arguments_AreNoTextOfPeoples()
    {
        var texts = Parameters.Where(parameter => parameter.ParameterType == typeof(string)).Select(NameOf).ToHashSet();

        Assert.Equal(Harmless.Order(), texts.Order());
    }

    [Fact]
    public void GrainCalls_RecordsWithText_DoNotPrintIt()
    {
        var records = Parameters.Select(parameter => parameter.ParameterType).Distinct()
            .Where(type => type.GetProperties().Any(property => property.PropertyType == typeof(string))).ToList();

        Assert.Contains(typeof(SignInOrigin), records);
        Assert.Contains(typeof(ClientAddress), records);
        Assert.All(records, type => Assert.False(
            type.GetMethod(nameof(ToString), Type.EmptyTypes)!.IsDefined(typeof(CompilerGeneratedAttribute)), // every type has one
            $"{type.Name} is an argument of grain calls and prints its contents."));
    }

    private static string NameOf(ParameterInfo parameter) =>
        $"{parameter.Member.DeclaringType!.Name}.{parameter.Member.Name} {parameter.Name}"; // an interface's
}
