# The cmdlets and all they need live in a load context of their own, so that this module works beside others that carry
# other versions of the same assemblies. Only the loader, which references nothing, enters the common one.
$lib = [System.IO.Path]::Combine($PSScriptRoot, 'lib')
$loader = [System.Reflection.Assembly]::LoadFrom([System.IO.Path]::Combine($lib, 'Vault.PowerShell.Loader.dll'))
$cmdlets = $loader.GetType('Vault.PowerShell.Loader.ModuleLoader', $true)::Load($lib)

# A module imported again with -Force leaves its nested module behind, and the engine passes over one that it still lists.
Get-Module -All -Name "dynamic_code_module_$cmdlets" | Remove-Module -Force
Import-Module -Assembly $cmdlets -ErrorAction Stop
Export-ModuleMember -Cmdlet '*'
