# Read-Host returns what Bob reads out.
$global:Typed = (Get-VaultContact ada@example.org -Session $bob).Fingerprint
