$global:RecoveryKey = (New-VaultRecoveryKey -Password $TestPassword -WarningAction SilentlyContinue).Key
$global:Typed = Get-MailedCode
