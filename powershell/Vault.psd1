@{
    RootModule = 'Vault.psm1'
    ModuleVersion = '0.1.0'
    GUID = '9fe4c89a-8c7c-43e7-b310-395f366c6888'
    Author = 'The Vault authors'
    Copyright = '(c) The Vault authors. MIT licence.'
    Description = 'Keeps files on a Vault server that cannot read them: send, list, share, receive and remove, encrypted end to end.'
    PowerShellVersion = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess = @('Vault.Format.ps1xml')
    TypesToProcess = @('Vault.Types.ps1xml')
    CmdletsToExport = @(
        'Confirm-VaultAccount'
        'Confirm-VaultContact'
        'Connect-Vault'
        'Copy-VaultFile'
        'Disable-VaultTotp'
        'Disconnect-Vault'
        'Enable-VaultTotp'
        'Export-VaultFile'
        'Get-VaultAccessKey'
        'Get-VaultContact'
        'Get-VaultFile'
        'Get-VaultHistory'
        'Get-VaultSession'
        'Get-VaultShare'
        'Grant-VaultShare'
        'New-VaultAccessKey'
        'New-VaultAccount'
        'New-VaultRecoveryKey'
        'Receive-VaultFile'
        'Remove-VaultAccessKey'
        'Remove-VaultAccount'
        'Remove-VaultFile'
        'Rename-VaultFile'
        'Request-VaultRecovery'
        'Reset-VaultPassword'
        'Restore-VaultFile'
        'Restore-VaultKeyRing'
        'Revoke-VaultShare'
        'Send-VaultFile'
        'Set-VaultPassword'
        'Test-VaultHistory'
    )
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{
        PSData = @{
            Tags = @('encryption', 'backup', 'files', 'age', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
