# Nothing is replaced without -Force: the examples' files must not be there yet.
foreach ($place in 'plan.pdf', 'plan-1.pdf', 'papers', 'back') {
    if ($ExecutionContext.InvokeProvider.Item.Exists($place)) { $ExecutionContext.InvokeProvider.Item.Remove($place, $true) }
}
