using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>Lets a session be given by its name, as Get-VaultSession shows it and Tab completes it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SessionNameAttribute : ArgumentTransformationAttribute
{
    /// <summary>The session with that name; anything that is no text goes on as it is.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">There is none, or several.</exception>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            string name => Find(name),
            object[] several => several.Select(one => Transform(engineIntrinsics, one)).ToArray(),
            _ => inputData,
        };

    private static VaultSession Find(string name) => SessionTable.Current.Find(name) switch
    {
        [var only] => only,
        [] => throw new ArgumentTransformationMetadataException(
            $"There is no session '{name}' in this runspace. Get-VaultSession lists those that there are."),
        _ => throw new ArgumentTransformationMetadataException(
            $"More than one session is called '{name}': write e-mail@host:port, or pass the session itself."),
    };
}
