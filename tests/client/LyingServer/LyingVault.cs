using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.LyingServer;

/// <summary>An honest server with a few files behind a liar, made once for all tests of a class.</summary>
public sealed class LyingVault : IAsyncLifetime
{
    /// <summary>Three full parts and a fourth.</summary>
    internal const int BigLength = (3 * 4 * 1024 * 1024) + 500_000;

    private RunningVault _vault = null!; // xunit calls InitializeAsync first

    internal Liar Liar { get; } = new();

    internal RunningVault Honest => _vault;

    internal VaultSession Session { get; private set; } = null!; // as above

    /// <summary>A file of four parts.</summary>
    internal VaultFile Big { get; private set; } = null!; // as above

    /// <summary>A file of as many parts with another content.</summary>
    internal VaultFile Other { get; private set; } = null!; // as above

    /// <summary>The second version of a small file.</summary>
    internal VaultFile Note { get; private set; } = null!; // as above

    /// <summary>What a login to another account was answered, once a test has made one.</summary>
    internal LoginFinishReply? OtherLogin { get; set; }

    internal ConnectOptions Options => _vault.Options with { Intercept = Liar.Intercept };

    internal string Target => Path.Combine(_vault.Folder, "out", "target.bin");

    public async Task InitializeAsync()
    {
        _vault = await RunningVault.StartAsync();
        using var password = RunningVault.Secret(RunningVault.Password);
        await using (var account = await VaultAccount.CreateAsync(_vault.Address, "ada@example.org", password, Options, default))
        {
            Session = account.TakeSession();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Target)!); // a file in a folder
        Big = await SendAsync("big.bin", RandomNumberGenerator.GetBytes(BigLength));
        Other = await SendAsync("other.bin", RandomNumberGenerator.GetBytes(BigLength));
        await SendAsync("note.txt", "the first"u8.ToArray());
        Note = await SendAsync("note.txt", "the other"u8.ToArray());
    }

    public async Task DisposeAsync()
    {
        await Session.DisposeAsync();
        await _vault.DisposeAsync();
    }

    internal Task<VaultFile> SendAsync(string name, byte[] content) =>
        Session.SendAsync(_vault.Write(name, content), name, null, null, default);

    internal Task ReceiveAsync(VaultFile file, ReceiveOptions? options = null) =>
        Session.ReceiveAsync(file, Target, options, null, default);

    /// <summary>What the server truly answers for a version.</summary>
    internal async Task<FileVersionReply> VersionAsync(FileId file, int version)
    {
        FileVersionReply? reply = null;
        Liar.BeHonest();
        Liar.Alter($"/{file}/versions/{version}", ProtocolJson.Default.FileVersionReply, honest => reply = honest);
        await Session.GetVersionAsync(file, version, default);
        Liar.BeHonest();
        return reply!; // the request went through
    }

    internal async Task<List<VaultFile>> ListAsync()
    {
        var files = new List<VaultFile>();
        await foreach (var file in Session.ListAsync(default))
        {
            files.Add(file);
        }

        return files;
    }

    /// <summary>The lie was told, it was found out, and it left nothing where the target would be.</summary>
    internal async Task<VaultException> AssertRefusedAsync(VaultErrorCode code, Func<Task> action)
    {
        try
        {
            var error = await Assert.ThrowsAsync<VaultException>(action);
            Assert.True(Liar.Told > 0, "The lie was never told.");
            Assert.True(code == error.Code, $"{error.Code}: {error.Message}");
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!)); // a file in a folder
            return error;
        }
        finally
        {
            Liar.BeHonest();
            File.Delete(Target); // one test's failure is not the next one's
        }
    }

    internal static byte[] Flip(byte[] bytes, Index at)
    {
        byte[] flipped = [.. bytes];
        flipped[at] ^= 1;
        return flipped;
    }
}
