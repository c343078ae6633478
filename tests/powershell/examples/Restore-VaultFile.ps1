Get-VaultFile papers/old.* | Remove-VaultFile
