# Read-Host returns a backup code of a second factor that is on.
$app = [Vault.Tests.Support.Authenticator]::Scan((Enable-VaultTotp -WarningAction SilentlyContinue).Reveal())
$codes = (Enable-VaultTotp $app.Show([System.DateTimeOffset]::UtcNow, 0) -WarningAction SilentlyContinue).Codes
$global:Typed = ($codes -join ' ').Split(' ')[0]
