Grant-VaultShare papers/plan.pdf, papers/draft.txt -To bob@example.org -Force -WarningAction SilentlyContinue
