# This server confirms no addresses, so there is no code: the command is run as with -WhatIf, which shows what it would do.
$global:WhatIfPreference = $true
$global:Typed = 'K7QM-3XPD-9RTW'
