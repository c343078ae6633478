Grant-VaultShare papers/plan.pdf -To bob@example.org -Force -WarningAction SilentlyContinue

# Bob gave something too.
Send-VaultFile ./papers/draft.txt -Session $bob
Grant-VaultShare draft.txt -To ada@example.org -Force -Session $bob -WarningAction SilentlyContinue
