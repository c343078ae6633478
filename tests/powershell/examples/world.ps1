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

$known = @{ Server = 'vault.example.org'; Password = $TestPassword; AcceptServerKey = 'vaultserver1…'; WarningAction = 'SilentlyContinue' }
$null = New-VaultAccount @known -Email bob@example.org
$global:bob = Get-VaultSession -Default
$null = New-VaultAccount @known -Email ada@example.org
Send-VaultFile ./papers -Recurse
Send-VaultFile ./secret.pdf -Password $TestPassword

# What an authenticator shows for the secret in an otpauth URI: RFC 6238.
function global:Get-AppCode {
    param([string] $Uri)
    $bits = -join ([regex]::Match($Uri, 'secret=([A-Z2-7]+)').Groups[1].Value.ToCharArray() |
        ForEach-Object { [Convert]::ToString('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.IndexOf($_), 2).PadLeft(5, '0') })
    $secret = [byte[]] (0..($bits.Length / 8 - 1) | ForEach-Object { [Convert]::ToByte($bits.Substring(8 * $_, 8), 2) })
    $step = [BitConverter]::GetBytes([long] [Math]::Floor([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() / 30))
    [array]::Reverse($step)
    $hash = [int[]] [System.Security.Cryptography.HMACSHA1]::HashData($secret, [byte[]] $step)
    $at = $hash[-1] -band 0xf
    $number = (($hash[$at] -band 0x7f) -shl 24) -bor ($hash[$at + 1] -shl 16) -bor ($hash[$at + 2] -shl 8) -bor $hash[$at + 3]
    ($number % 1000000).ToString('D6')
}
