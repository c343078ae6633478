# What stands ready for every example of the help. $bob is Bob's session, $ServerData the server's folder,
# $TestPassword the password of both accounts.

# These cmdlets belong to modules that the hosted engine has not; examples may use them as follows.
function global:Get-ChildItem {
    param([string] $Path = '.', [switch] $Recurse)
    $ExecutionContext.InvokeProvider.ChildItem.Get($Path, $Recurse)
}

function global:Read-Host {
    param([string] $Prompt, [switch] $AsSecureString)
    if (-not $AsSecureString) { $Typed } elseif ($Prompt -eq 'Recovery key') { $RecoveryKey } else { $TestPassword }
}

function global:Get-Credential {
    param([string] $UserName = 'new@example.org')
    [System.Management.Automation.PSCredential]::new($UserName, $TestPassword)
}

$known = @{ Server = 'vault.example.org'; Password = $TestPassword; AcceptServerKey = $true; WarningAction = 'SilentlyContinue' }
$null = New-VaultAccount @known -Email bob@example.org
$global:bob = Get-VaultSession -Default
$null = New-VaultAccount @known -Email ada@example.org
Send-VaultFile ./papers -Recurse
Send-VaultFile ./secret.pdf -Password $TestPassword

# A recovery code for Ada, out of the mail that the server wrote.
function global:Get-MailedCode {
    $before = [System.IO.Directory]::CreateDirectory("$ServerData/data/mail").GetFiles().Name
    Request-VaultRecovery 'vault.example.org#vaultserver1…' ada@example.org -WarningAction SilentlyContinue
    $end = [DateTime]::UtcNow.AddSeconds(30)
    while ([DateTime]::UtcNow -lt $end) {
        foreach ($file in [System.IO.Directory]::GetFiles("$ServerData/data/mail", '*.eml')) {
            $text = [System.IO.File]::ReadAllText($file)
            if ([System.IO.Path]::GetFileName($file) -notin $before -and $text.Contains('ada@example.org') -and
                $text -match '\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b') {
                return $Matches[0]
            }
        }
    }
}
