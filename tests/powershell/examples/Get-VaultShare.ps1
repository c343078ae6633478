Grant-VaultShare papers/plan.pdf -To bob@example.org -Force -WarningAction SilentlyContinue
