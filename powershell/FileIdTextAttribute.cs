using System.Management.Automation;
using Vault.Protocol;

namespace Vault.PowerShell;

/// <summary>Lets an id be given as an object's property has it: <c>Get-VaultFile | Select-Object Id</c>, or as ConvertFrom-Json makes it of
/// that. Without this the engine would sooner take the whole object for a name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FileIdTextAttribute : ArgumentTransformationAttribute
{
    /// <summary>The id as text; anything else goes on as it is.</summary>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            FileId id => id.ToString(),
            object[] several => several.Select(one => Transform(engineIntrinsics, one)).ToArray(),
            PSCustomObject when ReadProperties((PSObject)inputData) is { } id => id.ToString(), // nothing else has that base
            _ => inputData,
        };

    private static FileId? ReadProperties(PSObject id) =>
        Guid.TryParse(id.Properties[nameof(FileId.Value)]?.Value?.ToString(), out var value) ? FileId.From(value) : null;
}
