namespace Vault.Storage.Tests;

internal static class Expect
{
    internal static async Task<StorageException> StorageErrorAsync(StorageError reason, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<StorageException>(act);
        Assert.Equal(reason, error.Reason);
        return error;
    }
}
