using System.Reflection;
using System.Runtime.CompilerServices;

namespace Vault.Protocol.Tests;

/// <summary>Calls that fail are logged with their arguments: none of these may say who asked.</summary>
public sealed class RequestTextTests
{
    public static TheoryData<string> Requests => [.. typeof(Routes).Assembly.GetExportedTypes()
        .Where(type => type.Name.EndsWith("Request", StringComparison.Ordinal) && type.GetProperty("Email") is not null)
        .Select(type => type.FullName!)]; // exported types have names

    [Theory]
    [MemberData(nameof(Requests))]
    public void ToString_RequestWithAnAddress_DoesNotShowIt(string name)
    {
        const string Email = "ada@example.org";
        var type = typeof(Routes).Assembly.GetType(name, throwOnError: true)!; // or it throws
        var request = RuntimeHelpers.GetUninitializedObject(type);
        type.GetField("<Email>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(request, Email); // of a positional record

        Assert.DoesNotContain(Email, request.ToString(), StringComparison.Ordinal);
    }
}
