# Nobody is there to be asked; Ada has an account, also after the example before.
$global:ConfirmPreference = 'None'
if ((Get-VaultSession -Default).Email -ne 'ada@example.org') {
    $null = New-VaultAccount 'vault.example.org' -Email ada@example.org -Password $TestPassword -AcceptServerKey 'vaultserver1…' -WarningAction SilentlyContinue
    Send-VaultFile ./papers -Recurse
}
