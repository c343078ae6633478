$global:RecoveryKey = (New-VaultRecoveryKey -Password $TestPassword -WarningAction SilentlyContinue).Key
$null = Reset-VaultPassword 'vault.example.org#vaultserver1…' ada@example.org -Code (Get-MailedCode) -NewPassword $TestPassword -Force -WarningAction SilentlyContinue
