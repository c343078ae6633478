# No copies are there yet.
Get-VaultFile copies/* | Remove-VaultFile -Permanent -Confirm:$false
