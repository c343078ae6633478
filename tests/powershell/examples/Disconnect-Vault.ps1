Connect-Vault vault.example.org -Email ada@example.org -Password $TestPassword
