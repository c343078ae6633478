# The cmdlets and all they need live in a load context of their own, so that this module works beside others that carry
# other versions of the same assemblies. Only the loader, which references nothing, enters the common one.
$lib = [System.IO.Path]::Combine($PSScriptRoot, 'lib')
$assembly = [System.Reflection.Assembly]::LoadFrom([System.IO.Path]::Combine($lib, 'Vault.PowerShell.Loader.dll'))
$loader = $assembly.GetType('Vault.PowerShell.Loader.ModuleLoader', $true)
$isFirst = -not $loader::IsLoaded($lib)
$cmdlets = $loader::Load($lib)

# A module imported again with -Force leaves its nested module behind, and the engine passes over one that it still lists.
# The first import in a process need not look, which would be a fifth of its time.
if (-not $isFirst) {
    Get-Module -All -Name "dynamic_code_module_$cmdlets" | Remove-Module -Force
}

Import-Module -Assembly $cmdlets -ErrorAction Stop
Export-ModuleMember -Cmdlet '*'
