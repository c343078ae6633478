# Under their old names again.
Get-VaultFile archive/old.txt | Rename-VaultFile -NewName papers/old.txt
Get-VaultFile letters/secret.pdf | Rename-VaultFile -NewName secret.pdf -Password $TestPassword
