# There must be no such files yet, and a session with the password is the default again.
foreach ($file in 'backup.key', 'report.key') {
    if ($ExecutionContext.InvokeProvider.Item.Exists($file)) { $ExecutionContext.InvokeProvider.Item.Remove($file, $false) }
}
Connect-Vault vault.example.org -Email ada@example.org -Password $TestPassword
