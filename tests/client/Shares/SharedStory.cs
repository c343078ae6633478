using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Shares;

/// <summary>A server with an owner and two friends, for the tests of a class.</summary>
public class StoryFixture : IAsyncLifetime
{
    internal RunningVault Vault { get; private set; } = null!; // xunit calls InitializeAsync first

    internal VaultSession Ada { get; private set; } = null!;

    internal VaultSession Bob { get; private set; } = null!;

    internal VaultSession Eve { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Vault = await StartAsync();
        Ada = await Vault.CreateAsync(SharedStory.AdaEmail);
        Bob = await Vault.CreateAsync(SharedStory.BobEmail);
        Eve = await Vault.CreateAsync(SharedStory.EveEmail);
    }

    public virtual async Task DisposeAsync()
    {
        await Ada.DisposeAsync();
        await Bob.DisposeAsync();
        await Eve.DisposeAsync();
        await Vault.DisposeAsync();
    }

    private protected virtual Task<RunningVault> StartAsync() => RunningVault.StartAsync();
}

/// <summary>A test among those three; it begins with nothing sent and nothing given.</summary>
public abstract class SharedStory(StoryFixture story) : IClassFixture<StoryFixture>, IAsyncLifetime
{
    internal const string AdaEmail = "ada@example.org", BobEmail = "bob@example.org", EveEmail = "eve@example.org";

    private protected RunningVault Vault => story.Vault;

    private protected VaultSession Ada => story.Ada;

    private protected VaultSession Bob => story.Bob;

    private protected VaultSession Eve => story.Eve;

    public async Task InitializeAsync()
    {
        await foreach (var file in Ada.ListAsync(default))
        {
            await Ada.RemoveAsync(file, default);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Sends a file of the owner's.</summary>
    private protected async Task<(VaultFile File, byte[] Content)> SendAsync(
        string name = "plans.bin", int length = 100_000, SendOptions? options = null)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        return (await Ada.SendAsync(Vault.Write(Guid.NewGuid().ToString("N"), content), name, options, null, default), content);
    }

    private protected Task<IReadOnlyList<GrantResult>> GrantAsync(VaultFile file, params string[] recipients) =>
        Ada.GrantAsync(file, recipients, null, default);

    private protected async Task<VaultShare> GiveAsync(VaultFile file, string recipient, GrantOptions? options = null)
    {
        var result = Assert.Single(await Ada.GrantAsync(file, [recipient], options, default));
        return result.Share ?? throw result.Error!; // one of the two
    }

    private protected static async Task<IReadOnlyList<ReceivedFile>> ReceivedAsync(VaultSession session)
    {
        var list = new List<ReceivedFile>();
        await foreach (var file in session.ListReceivedAsync(default))
        {
            list.Add(file);
        }

        return list;
    }

    private protected static async Task<VaultFile> OnlyReceivedAsync(VaultSession session)
    {
        var received = Assert.Single(await ReceivedAsync(session));
        return received.File ?? throw received.Error!; // one of the two
    }

    private protected async Task<byte[]> FetchAsync(VaultSession session, VaultFile file)
    {
        var target = Path.Combine(Vault.Folder, Guid.NewGuid().ToString("N"));
        await session.ReceiveAsync(file, target, null, null, default);
        return await File.ReadAllBytesAsync(target);
    }

    private protected static async Task<VaultException> RefusedAsync(VaultErrorCode code, Func<Task> work)
    {
        var error = await Assert.ThrowsAsync<VaultException>(work);
        Assert.True(error.Code == code, $"{error.Code}: {error.Message}");
        return error;
    }
}
