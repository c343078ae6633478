using Microsoft.Extensions.Options;

namespace Vault.Grains.Files;

/// <summary>Bounds how many files a silo keeps in memory: where ten thousand are sent, nobody asks for the first again by the last. The one
/// that came first goes first; a file that is asked for afterwards is read anew.</summary>
internal sealed class ActiveFiles(IOptions<StorageLimits> limits)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<IGrainContext> _files = [];

    /// <summary>Notes a file that came into memory, and has another one go where there are too many.</summary>
    /// <returns>What to give back when it has gone.</returns>
    public LinkedListNode<IGrainContext> Enter(IGrainContext file)
    {
        LinkedListNode<IGrainContext> entered;
        IGrainContext? surplus = null;
        lock (_gate)
        {
            entered = _files.AddLast(file);
            if (_files.Count > limits.Value.FilesInMemory)
            {
                surplus = _files.First?.Value;
                _files.RemoveFirst();
            }
        }

        surplus?.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "Other files came into memory after this one."));
        return entered;
    }

    /// <summary>Forgets a file that has gone.</summary>
    public void Leave(LinkedListNode<IGrainContext> entered)
    {
        lock (_gate)
        {
            if (entered.List is not null)
            {
                _files.Remove(entered);
            }
        }
    }
}
