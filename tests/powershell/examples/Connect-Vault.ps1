# An access key that can send, for the example without a password.
if (-not $ExecutionContext.InvokeProvider.Item.Exists('backup.key')) {
    $null = New-VaultAccessKey ./backup.key -Scope SendOnly
}
