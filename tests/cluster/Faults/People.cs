using System.Globalization;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Faults;

/// <summary>Who works on the cluster: owners, one whom all of them give files to, and the files that are there from the beginning.</summary>
internal sealed class People : IAsyncDisposable
{
    private const int OwnerCount = 10, KnownCount = 12, VisitorCount = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly List<VaultSession> _owners = [];
    private readonly List<(VaultFile File, byte[] Hash)> _known = [];
    private readonly ServerAddress _address;
    private int _files;

    private People(ServerAddress address) => _address = address;

    public IReadOnlyList<VaultSession> Owners => _owners;

    public VaultSession Recipient { get; private set; } = null!; // set by StartAsync, the only way here

    /// <summary>Files to receive, with their hashes.</summary>
    public IReadOnlyList<(VaultFile File, byte[] Hash)> Known => _known;

    // Long enough for the longest fault, so that what has no answer is tried until it has one.
    private ConnectOptions Options => new() { StateFolder = _folder.File("state"), ReconnectFor = TimeSpan.FromSeconds(40) };

    public static async Task<People> StartAsync(ServerAddress address)
    {
        var people = new People(address);
        people.Recipient = await people.SignUpAsync("recipient@example.org");
        for (var owner = 0; owner < OwnerCount; owner++)
        {
            people._owners.Add(await people.SignUpAsync(Email(owner)));
        }

        for (var number = 0; number < KnownCount; number++)
        {
            var name = Name(number, $"known-{number}");
            var content = RandomNumberGenerator.GetBytes(number % 4 == 0 ? 1_200_000 : 3_000);
            people._known.Add((await people.SendAsync(people.OwnerOf(name), name, content), SHA256.HashData(content)));
        }

        for (var visitor = 0; visitor < VisitorCount; visitor++)
        {
            await (await people.SignUpAsync(VisitorEmail(visitor))).DisposeAsync();
        }

        // Met once, so that grants need no look-up of each other's.
        foreach (var owner in people._owners)
        {
            await owner.FindContactAsync(people.Recipient.Email, default);
        }

        return people;
    }

    /// <summary>A name that says whose it is.</summary>
    public static string Name(int worker, string rest) => string.Create(CultureInfo.InvariantCulture, $"{worker % OwnerCount}/{rest}");

    public VaultSession OwnerOf(string name) => _owners[name[0] - '0'];

    public async Task<VaultFile> SendAsync(VaultSession owner, string name, byte[] content)
    {
        var source = _folder.File($"{Interlocked.Increment(ref _files)}");
        await File.WriteAllBytesAsync(source, content);
        try
        {
            return await owner.SendAsync(source, name, null, null, default);
        }
        finally
        {
            File.Delete(source);
        }
    }

    public async Task<byte[]> ReceiveAsync(VaultSession owner, VaultFile file)
    {
        var target = _folder.File($"{Interlocked.Increment(ref _files)}");
        try
        {
            await owner.ReceiveAsync(file, target, null, null, default);
            return await File.ReadAllBytesAsync(target);
        }
        finally
        {
            File.Delete(target);
        }
    }

    /// <summary>A new account, signed in; the caller disposes it.</summary>
    public async Task<VaultSession> SignUpAsync(string email)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(_address, email, password, Options, default);
        return account.TakeSession();
    }

    /// <summary>Another session of somebody who does nothing else: an account keeps its newest sessions only.</summary>
    public async Task<VaultSession> SignInAsync(int visitor)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(_address, VisitorEmail(visitor % VisitorCount), password, Options, default);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _owners.Append(Recipient).OfType<VaultSession>())
        {
            await session.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Email(int owner) => string.Create(CultureInfo.InvariantCulture, $"owner-{owner}@example.org");

    private static string VisitorEmail(int visitor) => string.Create(CultureInfo.InvariantCulture, $"visitor-{visitor}@example.org");
}
