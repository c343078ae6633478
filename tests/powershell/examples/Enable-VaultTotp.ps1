# Read-Host returns what the app shows for the secret that was handed out last.
$app = [Vault.Tests.Support.Authenticator]::Scan((Enable-VaultTotp -WarningAction SilentlyContinue).Reveal())
$global:Typed = $app.Show([System.DateTimeOffset]::UtcNow, 0)
