using Vault.Grains;
using Vault.Storage;

namespace Vault.Silo.Admin;

/// <summary>Copies a whole store from one place to another.</summary>
internal static class TransferCommand
{
    /// <summary>Copies, and compares what was copied.</summary>
    /// <exception cref="StorageException">The target is not empty, something is damaged, or a store cannot be reached.</exception>
    public static async Task RunAsync(SiloStores from, SiloStores to, TextWriter output)
    {
        var copy = new StoreCopy(from.Place, to.Place, AccountUsage.StreamCategories);
        var done = await copy.RunAsync(CancellationToken.None);
        output.WriteLine(
            $"{done.Streams} streams with {done.Events} events and {done.Blobs} blobs with {done.Bytes} bytes are there, and were compared.");
        output.WriteLine("Key files are no part of a store: silo.key and gateway.key are backed up and moved apart.");
    }
}
