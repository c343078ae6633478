namespace Vault.Grains.Files;

/// <content>How long it stays in memory.</content>
internal sealed partial class FileGrain
{
    private LinkedListNode<IGrainContext>? _entered;

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _entered = active.Enter(GrainContext);
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_entered is not null)
        {
            active.Leave(_entered);
        }

        await base.OnDeactivateAsync(reason, cancellationToken);
    }
}
