# Read-Host returns what the app shows for the secret handed out last.
$global:Typed = Get-AppCode (Enable-VaultTotp -WarningAction SilentlyContinue).Reveal()
