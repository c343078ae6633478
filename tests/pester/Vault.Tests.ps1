#Requires -Version 7.6
<#
.SYNOPSIS
    The module in a real pwsh against a real server: what the tests of the hosted engine show, with the cmdlets that it has not.
.NOTES
    PesterTests starts the server and runs this. By hand: start a server, then set VAULT_TEST_SERVER (host:port), VAULT_TEST_KEY
    (vaultserver1...) and VAULT_TEST_MANIFEST (the path of Vault.psd1), and Invoke-Pester. With VAULT_TEST_MAIL (the server's pickup
    folder) recovery is tried too.
#>

BeforeAll {
    Import-Module $env:VAULT_TEST_MANIFEST -ErrorAction Stop
    $script:Server = $env:VAULT_TEST_SERVER
    $script:Pinned = "$env:VAULT_TEST_SERVER#$env:VAULT_TEST_KEY"
    $script:Password = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword

    function New-Person {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        [CmdletBinding()]
        param()
        $email = "pester-$([guid]::NewGuid().ToString('n'))@example.org"
        $null = New-VaultAccount -Server $Pinned -Email $email -Password $Password -WarningAction SilentlyContinue
        Get-VaultSession -Default
    }
}

Describe 'The first minute' {
    It 'exports cmdlets and nothing else' {
        (Get-Command -Module Vault).Count | Should -BeGreaterThan 10
        Get-Command -Module Vault | ForEach-Object CommandType | Sort-Object -Unique | Should -Be 'Cmdlet'
    }

    It 'uses approved verbs' {
        (Get-Command -Module Vault).Verb | Sort-Object -Unique | Should -BeIn (Get-Verb).Verb
    }

    It 'shows examples offline' {
        Get-Help Send-VaultFile -Examples | Out-String | Should -Match 'Send-VaultFile ./secret.pdf'
        Get-Help about_Vault_Scripting | Out-String | Should -Match 'ForEach-Object -Parallel'
    }

    It 'has a valid manifest' {
        (Test-ModuleManifest $env:VAULT_TEST_MANIFEST).Version | Should -Not -BeNullOrEmpty
    }
}

Describe 'A story' {
    BeforeAll {
        $script:Ada = New-Person
        $script:Here = New-Item -ItemType Directory (Join-Path $TestDrive 'story')
        foreach ($name in 'plan.pdf', 'notes.txt', 'old/draft.txt') {
            $null = New-Item -ItemType File -Force (Join-Path $Here "papers/$name") -Value "this is $name"
        }
    }

    It 'sends what Get-ChildItem finds and keeps its places' {
        Get-ChildItem (Join-Path $Here 'papers') -Recurse | Send-VaultFile -Destination papers/
        (Get-VaultFile).Name | Sort-Object | Should -Be 'papers/notes.txt', 'papers/old/draft.txt', 'papers/plan.pdf'
    }

    It 'feeds the next cmdlet' {
        $back = Join-Path $Here 'back'
        $written = Get-VaultFile *.pdf | Receive-VaultFile -Destination $back -PassThru
        $written | Should -BeOfType System.IO.FileInfo
        (Get-FileHash $written).Hash | Should -Be (Get-FileHash (Join-Path $Here 'papers/plan.pdf')).Hash
    }

    It 'shows sizes to people and numbers to scripts' {
        $file = Get-VaultFile papers/plan.pdf
        $file.Length | Should -BeOfType long
        $file | Format-Table | Out-String | Should -Match '\d+ B'
        $file | Format-List | Out-String | Should -Match 'Protection'
        ($file | Select-Object Name, Length).Name | Should -Be 'papers/plan.pdf'
        Get-VaultFile | Sort-Object Length -Descending | Select-Object -First 1 | Should -Not -BeNullOrEmpty
    }

    It 'completes names' {
        $found = foreach ($press in 1..40) {
            $line = 'Receive-VaultFile papers/'
            $offered = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText
            if ($offered) { $offered; break }
        }
        $found | Should -Be 'papers/notes.txt', 'papers/old/', 'papers/plan.pdf'
    }

    It 'goes on behind an item that fails' {
        $found = 'gone', 'papers/plan.pdf' | Get-VaultFile -ErrorAction SilentlyContinue -ErrorVariable failed
        $found.Name | Should -Be 'papers/plan.pdf'
        $failed.FullyQualifiedErrorId | Should -Match '^not_found,'
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'marks the session that is used' {
        (Get-VaultSession | Where-Object IsDefault).Email | Should -Be (Get-VaultSession -Default).Email
        Get-VaultSession | Out-String | Should -Match "\*\s+$((Get-VaultSession -Default).Email)"
    }

    It 'takes objects by their properties' {
        $list = Get-VaultFile papers/* | Select-Object Name, Id | ConvertTo-Csv | ConvertFrom-Csv
        $back = Join-Path $Here 'by-property'
        $list | Receive-VaultFile -Destination $back
        Get-VaultFile papers/* | Select-Object Id | Receive-VaultFile -Destination $back -Force
        Get-VaultFile papers/* | Export-Clixml (Join-Path $Here 'files.xml')
        Import-Clixml (Join-Path $Here 'files.xml') | Receive-VaultFile -Destination $back -Force
        (Get-ChildItem $back -Recurse -File).Count | Should -Be 3
        Get-ChildItem $back -Recurse -File | ForEach-Object { [pscustomobject]@{ Path = $_.FullName } } | Send-VaultFile -Destination copies/ -WhatIf
    }

    It 'is caught by type' {
        $code = try { Get-VaultFile gone -ErrorAction Stop } catch [Vault.Client.VaultException] { $_.Exception.Code }
        $code | Should -Be 'NotFound'
    }

    It 'works from parallel runspaces and thread jobs' {
        $manifest, $session, $folder = $env:VAULT_TEST_MANIFEST, $Ada, $Here.FullName
        'papers/plan.pdf', 'papers/notes.txt' | ForEach-Object -Parallel {
            Import-Module $using:manifest
            Receive-VaultFile $_ -Destination "$using:folder/parallel/" -Session $using:session
        }
        $job = Start-ThreadJob {
            Import-Module $using:manifest
            (Get-VaultFile -Session $using:session).Count
        }
        $job | Receive-Job -Wait -AutoRemoveJob | Should -Be 3
        (Get-ChildItem "$folder/parallel" -Recurse -File).Count | Should -Be 2
    }

    It 'tells and verifies its history' {
        (Get-VaultHistory papers/plan.pdf).Action | Should -Contain 'Stored version 1'
        (Test-VaultHistory).Verified | Should -Not -Contain $false
        (Get-VaultFile papers/plan.pdf | Select-Object Id | Test-VaultHistory).Name | Should -Be 'papers/plan.pdf'
    }

    It 'changes nothing with -WhatIf' {
        Get-VaultFile | Remove-VaultFile -WhatIf
        (Get-VaultFile).Count | Should -Be 3
    }
}

Describe 'A drive' {
    BeforeAll {
        $script:Ada = New-Person
        $null = New-PSDrive -PSProvider Vault -Name V -Root / -Session $Ada -Scope Global
        $script:Bytes = [byte[]](0..255)
        Set-Content V:\reports\all.bin -AsByteStream -Value $Bytes
        'one', 'two' | Set-Content V:\reports\text.txt
    }

    AfterAll {
        Remove-PSDrive V -Scope Global
    }

    It 'lists folders and files' {
        (Get-ChildItem V:\).Name | Should -Be 'reports/'
        (Get-ChildItem V:\reports).Name | Should -Be 'reports/all.bin', 'reports/text.txt'
        (Get-ChildItem V:\ -Recurse).Count | Should -Be 3
        (Get-ChildItem V:\reports\*.txt).Name | Should -Be 'reports/text.txt'
        Get-ChildItem V:\ | Out-String | Should -Match 'reports/'
    }

    It 'knows what is there' {
        Test-Path V:\reports | Should -BeTrue
        Test-Path V:\reports\none.txt | Should -BeFalse
        Test-Path V:\reports -PathType Container | Should -BeTrue
        Test-Path V:\reports\text.txt -PathType Leaf | Should -BeTrue
    }

    It 'reads and writes content' {
        Get-Content V:\reports\all.bin -AsByteStream | Should -Be $Bytes
        Get-Content V:\reports\text.txt | Should -Be 'one', 'two'
        Set-Content V:\reports\text.txt 'three'
        Get-Content V:\reports\text.txt | Should -Be 'three'
        (Get-VaultFile reports/text.txt -Session $Ada).Version | Should -Be 2
    }

    It 'reads and writes content as a whole' {
        @{ one = 1 } | ConvertTo-Json | Set-Content V:\reports\x.json -NoNewline
        (Get-Content V:\reports\x.json -Raw | ConvertFrom-Json).one | Should -Be 1
        (Get-VaultFile reports/x.json -Session $Ada).Length | Should -Be (@{ one = 1 } | ConvertTo-Json).Length
        $raw = Get-Content V:\reports\all.bin -AsByteStream -Raw
        , $raw | Should -BeOfType byte[]
        $raw | Should -Be $Bytes
        Remove-Item V:\reports\x.json
    }

    It 'is neither added to nor emptied' {
        { Add-Content V:\reports\text.txt 'more' -ErrorAction Stop } | Should -Throw
        Clear-Content V:\reports\text.txt -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -Match '^invalid_argument'
        { Set-Content V:\reports\text.txt 'no byte' -AsByteStream -ErrorAction Stop } | Should -Throw
        Get-Content V:\reports\text.txt | Should -Be 'three'
        (Get-VaultFile reports/text.txt -Session $Ada).Version | Should -Be 2
    }

    It 'moves about' {
        Push-Location V:\reports
        try {
            (Get-ChildItem).Count | Should -Be 2
            (Get-Item text.txt).Name | Should -Be 'reports/text.txt'
        }
        finally {
            Pop-Location
        }
    }

    It 'gives files to Receive-VaultFile and takes them from Send-VaultFile' {
        $file = New-Item -ItemType File (Join-Path $TestDrive 'sent.txt') -Value 'sent'
        Send-VaultFile $file -Destination V:\inbox
        Get-Content V:\inbox\sent.txt | Should -Be 'sent'
        Get-ChildItem V:\inbox | Receive-VaultFile -Destination (Join-Path $TestDrive 'back/') -Session $Ada
        Receive-VaultFile V:\inbox\sent.txt -Destination (Join-Path $TestDrive 'back2/')
        (Get-ChildItem $TestDrive -Recurse -Filter sent.txt).Count | Should -Be 3
    }

    It 'copies inside the drive' {
        Copy-Item V:\reports\text.txt V:\copies\text.txt
        Copy-Item V:\reports V:\copies -Recurse
        (Get-ChildItem V:\copies -Recurse).Name | Should -Be 'copies/reports/', 'copies/reports/all.bin', 'copies/reports/text.txt', 'copies/text.txt'
        Get-Content V:\copies\text.txt | Should -Be (Get-Content V:\reports\text.txt)
        Remove-Item V:\copies -Recurse
    }

    It 'keeps to one account' {
        $other = New-Person
        $null = New-PSDrive -PSProvider Vault -Name W -Root / -Session $other -Scope Global
        $null = New-PSDrive -PSProvider Vault -Name X -Root /reports -Session $Ada -Scope Global
        try {
            { Copy-Item V:\reports\text.txt W:\text.txt -ErrorAction Stop } | Should -Throw '*another session*'
            { Move-Item V:\reports\text.txt W:\ -ErrorAction Stop } | Should -Throw '*another session*'
            { 'V:\reports\text.txt' | Copy-Item -Destination W:\text.txt -ErrorAction Stop } | Should -Throw '*accounts*'
            Copy-Item V:\reports\text.txt X:\copy.txt
            (Get-ChildItem V:\ -Recurse).Name | Should -Be 'inbox/', 'inbox/sent.txt', 'reports/', 'reports/all.bin', 'reports/copy.txt', 'reports/text.txt'
            Get-ChildItem W:\ | Should -BeNullOrEmpty
        }
        finally {
            Remove-PSDrive W, X -Scope Global
            Remove-Item V:\reports\copy.txt -ErrorAction Ignore
        }
    }

    It 'says that its session is over' {
        $over = New-Person
        $null = New-PSDrive -PSProvider Vault -Name Y -Root / -Session $over -Scope Global
        Disconnect-Vault $over
        Get-ChildItem Y:\ -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -Match '^not_authenticated'
        Remove-PSDrive Y -Scope Global
    }

    It 'removes' {
        Remove-Item V:\reports\text.txt
        { Remove-Item V:\reports -ErrorAction Stop -Confirm:$false } | Should -Throw
        Remove-Item V:\reports -Recurse
        Test-Path V:\reports | Should -BeFalse
    }
}

Describe 'What was, and parts of it' {
    BeforeAll {
        $script:Ada = New-Person
        $script:Here = New-Item -ItemType Directory (Join-Path $TestDrive 'versions')
        $script:Plan = New-Item -ItemType File (Join-Path $Here 'plan.txt') -Value 'the first plan'
        Send-VaultFile $Plan
        Set-Content $Plan 'the second plan' -NoNewline
        Send-VaultFile $Plan
    }

    It 'keeps versions' {
        (Get-VaultFile plan.txt -Versions).Version | Sort-Object | Should -Be 1, 2
        Receive-VaultFile plan.txt -Version 1 -Destination (Join-Path $Here 'old/')
        Get-Content (Join-Path $Here 'old/plan.txt') | Should -Be 'the first plan'
    }

    It 'receives a range' {
        Receive-VaultFile plan.txt -Range 4-9 -Destination (Join-Path $Here 'part/')
        Get-Content (Join-Path $Here 'part/plan.txt') | Should -Be 'second'
    }

    It 'copies and renames' {
        Copy-VaultFile plan.txt archive/copy.txt
        Rename-VaultFile archive/copy.txt archive/renamed.txt
        (Get-VaultFile).Name | Sort-Object | Should -Be 'archive/renamed.txt', 'plan.txt'
    }

    It 'has a trash' {
        Remove-VaultFile archive/renamed.txt
        (Get-VaultFile).Name | Should -Be 'plan.txt'
        Restore-VaultFile archive/renamed.txt
        (Get-VaultFile).Count | Should -Be 2
        Remove-VaultFile archive/renamed.txt -Permanent -Confirm:$false
        { Restore-VaultFile archive/renamed.txt -ErrorAction Stop } | Should -Throw
    }
}

Describe 'Keys and sessions' {
    BeforeAll {
        $script:Ada = New-Person
        $script:KeyFile = Join-Path $TestDrive 'backup.key'
    }

    It 'signs in with an access key that may only send' {
        $null = New-VaultAccessKey $KeyFile -Scope SendOnly -Name backup -Session $Ada
        $null = Connect-Vault -AccessKey $KeyFile
        $session = Get-VaultSession -Default
        $file = New-Item -ItemType File (Join-Path $TestDrive 'sent-by-key.txt') -Value 'by key'
        Send-VaultFile $file -Session $session
        { Get-VaultFile -Session $session -ErrorAction Stop } | Should -Throw
        (Get-VaultFile -Session $Ada).Name | Should -Be 'sent-by-key.txt'
        Disconnect-Vault $session
    }

    It 'lists and ends what has access' {
        Get-VaultAccessKey -Session $Ada | Should -HaveCount 1
        Remove-VaultAccessKey backup -Session $Ada -Confirm:$false
        Get-VaultAccessKey -Session $Ada | Should -BeNullOrEmpty
        { Connect-Vault -AccessKey $KeyFile -ErrorAction Stop } | Should -Throw
        (Get-VaultSession).Email | Should -Contain $Ada.Email
    }
}

Describe 'Back in' -Skip:(-not $env:VAULT_TEST_MAIL) {
    It 'resets a forgotten password with the recovery key, and loses nothing' {
        $email = "pester-$([guid]::NewGuid().ToString('n'))@example.org"
        $key = (New-VaultAccount -Server $Pinned -Email $email -Password $Password -WarningAction SilentlyContinue).Key
        $file = New-Item -ItemType File (Join-Path $TestDrive 'kept.txt') -Value 'kept'
        Send-VaultFile $file
        Disconnect-Vault
        Request-VaultRecovery $Pinned $email -WarningAction SilentlyContinue
        $code = foreach ($try in 1..200) {
            # Long lines of a mail are cut with = at their end.
            $mail = Get-ChildItem $env:VAULT_TEST_MAIL -Filter *.eml -ErrorAction Ignore | ForEach-Object { (Get-Content $_ -Raw) -replace "=\r?\n" } |
                Where-Object { $_ -match [regex]::Escape($email) -and $_ -match '\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b' }
            if ($mail) {
                [regex]::Match(@($mail)[-1], '\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b').Value
                break
            }

            Start-Sleep -Milliseconds 100
        }
        $new = [System.Net.NetworkCredential]::new('', 'another horse').SecurePassword
        Reset-VaultPassword $Pinned $email -Code $code -NewPassword $new -RecoveryKey $key
        $null = Connect-Vault $Pinned -Email $email -Password $new
        Receive-VaultFile kept.txt -Destination (Join-Path $TestDrive 'recovered/')
        Get-Content (Join-Path $TestDrive 'recovered/kept.txt') | Should -Be 'kept'
    }
}

Describe 'Trust' {
    It 'refuses another key than the one that was said' {
        { Connect-Vault $Server -Email a@example.org -Password $Password -AcceptServerKey "$($env:VAULT_TEST_KEY.Substring(0, 40))" -ErrorAction Stop } |
            Should -Throw -ErrorId 'invalid_argument,*'
    }

    It 'asks nothing of a script that has nobody to ask' {
        { Connect-Vault "localhost:$($Server.Split(':')[1])" -Email a@example.org -Password $Password -ErrorAction Stop } |
            Should -Throw -ErrorId 'server_unknown,*'
    }
}


Describe 'The scripts' {
    # Not on every machine: then these are skipped, and the run says so.
    It 'have nothing that PSScriptAnalyzer remarks' -Skip:(-not (Get-Module -ListAvailable PSScriptAnalyzer)) {
        $place = Split-Path $env:VAULT_TEST_MANIFEST
        $found = foreach ($path in $place, $PSScriptRoot) { Invoke-ScriptAnalyzer $path -Recurse }
        $found | Out-String | Should -BeNullOrEmpty
    }
}
