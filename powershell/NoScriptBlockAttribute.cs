using System.Management.Automation;

namespace Vault.PowerShell;

/// <summary>Refuses a script block that nothing comes through the pipeline for: as a text it would be the name that a file gets. One that is
/// run for each file has become its answer before it comes here.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NoScriptBlockAttribute : ArgumentTransformationAttribute
{
    /// <summary>The value as it is.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is a script block.</exception>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is ScriptBlock
            ? throw new ArgumentTransformationMetadataException(
                "A script block makes the names of files that come through the pipeline: Get-VaultFile … | … -NewName { … }.")
            : inputData;
}
