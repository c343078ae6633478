# Under their old names again; a wildcard may match nothing.
Get-VaultFile archive/old.tx? | Rename-VaultFile -NewName papers/old.txt
Get-VaultFile papers/*.md | Rename-VaultFile -NewName { $_.Name -replace '\.md$', '.txt' }
Get-VaultFile letters/secret.pd? | Rename-VaultFile -NewName secret.pdf -Password $TestPassword
