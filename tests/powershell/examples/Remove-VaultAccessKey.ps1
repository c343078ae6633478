if (-not $ExecutionContext.InvokeProvider.Item.Exists('backup.key')) {
    $null = New-VaultAccessKey ./backup.key -Scope SendOnly -Name 'nightly backup'
}
