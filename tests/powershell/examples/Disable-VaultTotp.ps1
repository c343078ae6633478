# It is on, and Read-Host returns a backup code.
$code = Get-AppCode (Enable-VaultTotp -WarningAction SilentlyContinue).Reveal()
$global:Typed = (Enable-VaultTotp -OneTimeCode $code -WarningAction SilentlyContinue).Codes[0]
