using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests;

/// <summary>What lies in the store opens with an implementation of age that is not ours, and shows nothing of what it holds.</summary>
public sealed class ForeignAgeTests
{
    private const string FilePassword = "a password of the file's own";

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task StoredBlob_OfAPasswordFile_OpensWithAnIndependentAge(int length)
    {
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var content = System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
        using var password = RunningVault.Secret(FilePassword);
        await session.SendAsync(
            vault.Write("source", content), "source", new SendOptions { Password = password, WorkFactor = 15 }, null, default);
        var blob = Directory.EnumerateFiles(vault.DataFolder, "*.age", SearchOption.AllDirectories).Single();

        var opened = await Peers.RunAsync("open-age.mjs", "", FilePassword, blob, vault.Write("opened", []));

        Assert.Equal("ok", opened.Trim());
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(vault.Folder, "opened")));
    }

    [Fact]
    public async Task Server_AfterTheStory_HoldsNothingReadable()
    {
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        using var password = RunningVault.Secret(FilePassword);
        var source = vault.Write("source", "the plaintext of the story, the plaintext of the story"u8);
        await session.SendAsync(source, "name-of-the-story.txt", new SendOptions { Password = password, WorkFactor = 12 }, null, default);
        await session.SendAsync(source, "name-of-the-story-2.txt", null, null, default);

        string[] secrets = ["plaintext of the story", "name-of-the-story", FilePassword, RunningVault.Password];
        foreach (var path in Directory.EnumerateFiles(vault.DataFolder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) == ".lock")
            {
                continue; // held open, and empty
            }

            var text = System.Text.Encoding.Latin1.GetString(StoreSearch.ReadIfThere(path));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
    }
}
