# What stands ready for every example of the help. $bob is Bob's session, $ServerData the server's folder,
# $TestPassword the password of both accounts.

# These cmdlets belong to modules that the hosted engine has not; examples may use them as follows.
function global:Get-ChildItem {
    param([string] $Path = '.', [switch] $Recurse)
    $ExecutionContext.InvokeProvider.ChildItem.Get($Path, $Recurse)
}

function global:Read-Host {
    param([string] $Prompt, [switch] $AsSecureString)
    if ($AsSecureString) { $TestPassword } else { $Typed }
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
