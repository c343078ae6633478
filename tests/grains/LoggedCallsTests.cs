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
        var types = Parameters.Select(parameter => parameter.ParameterType).Where(type => type != typeof(string)).Distinct().ToList();

        Assert.Contains(typeof(SignInOrigin), types);
        Assert.Contains(typeof(ClientAddress), types);
        Assert.All(types, type => Assert.False(
            Printed(type).Contains(typeof(string)), $"{type.Name} is an argument of grain calls and prints text that is in it."));
    }

    /// <summary>What a record prints that has no words of its own: its properties, and what those print.</summary>
    private static HashSet<Type> Printed(Type argument)
    {
        var found = new HashSet<Type>();
        var open = new Stack<Type>([argument]);
        while (open.TryPop(out var next))
        {
            var type = Nullable.GetUnderlyingType(next) ?? next;
            if (type.GetMethod(nameof(ToString), Type.EmptyTypes)?.IsDefined(typeof(CompilerGeneratedAttribute)) != true)
            {
                continue;
            }

            foreach (var printed in type.GetProperties().Select(property => property.PropertyType))
            {
                if (found.Add(printed))
                {
                    open.Push(printed);
                }
            }
        }

        return found;
    }

    private static string NameOf(ParameterInfo parameter) =>
        $"{parameter.Member.DeclaringType!.Name}.{parameter.Member.Name} {parameter.Name}"; // an interface's
}
