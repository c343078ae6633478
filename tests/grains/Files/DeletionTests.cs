using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.Files;

/// <summary>A vault that keeps few versions of a file.</summary>
public sealed class FewVersionsVault() : TestVault(services => services.Configure<RetentionLimits>(limits => limits.Versions = 20));

/// <summary>The content of a removed file is deleted once, several blobs at a time, and what was deleted before is not deleted again.</summary>
public sealed class DeletionTests(FewVersionsVault vault) : IClassFixture<FewVersionsVault>, IAsyncLifetime
{
    private const int Kept = 20;

    private readonly ConcurrentQueue<BlobName> _deletions = [];
    private readonly byte[] _name = RandomNumberGenerator.GetBytes(32);
    private readonly List<TestSend> _sends = [];
    private TestPerson _owner = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        CountDeletions(_ => Task.CompletedTask);
    }

    public Task DisposeAsync()
    {
        vault.Content.Deleting = _ => Task.CompletedTask;
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Remove_FileThatHadManyMoreVersions_DeletesOnlyThoseThatItHadLast()
    {
        await SendAsync(Kept + 5);
        Assert.Equal(5, DeletedContents().Count);
        await vault.ForgetAsync(vault.File(File));
        _deletions.Clear();

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, File));

        Assert.Equal(_sends.TakeLast(Kept).Select(send => send.ContentBlob.ToString()).Order(StringComparer.Ordinal), DeletedContents());
        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Remove_SomeDeletionsFail_GoesOnWhereItWas()
    {
        await SendAsync(Kept);
        var failing = _sends[^1].ContentBlob;
        CountDeletions(name => name == failing ? throw new StorageException(StorageError.Unavailable, "The test says so.") : Task.CompletedTask);
        Expect.Refused(ErrorCode.StorageUnavailable, await _owner.Grain.RemoveFile(_owner.Session, File));
        Assert.Contains(failing, _deletions);
        var before = DeletedContents();
        CountDeletions(_ => Task.CompletedTask);
        _deletions.Clear();

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, File));

        Assert.Equal([failing.ToString()], before.Intersect(DeletedContents()));
        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Remove_DeletionsTakeLong_AreMadeSeveralAtOnce()
    {
        await SendAsync(Kept);
        var all = new TaskCompletionSource();
        CountDeletions(_ =>
        {
            if (_deletions.Count >= 4)
            {
                all.TrySetResult();
            }

            return all.Task; // the first waits for the fourth
        });

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, File));

        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Sweep_FileRemovedWhileAnOldVersionsDeletionWasCutOff_DeletesThatToo()
    {
        await SendAsync(Kept);
        CountDeletions(_ => throw new StorageException(StorageError.Unavailable, "The test says so."));
        await SendAsync(1);
        CountDeletions(_ => Task.CompletedTask);
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, File));
        Assert.Equal([_sends[0].ContentBlob.ToString()], await ContentAsync());

        await vault.SweepAsync(_owner);

        Assert.Empty(await ContentAsync());
    }

    private FileId File => _sends[0].Reserve.File;

    private void CountDeletions(Func<BlobName, Task> deleting) => vault.Content.Deleting = name =>
    {
        if (!ContentName.TryReadUpload(name.ToString(), out _))
        {
            return Task.CompletedTask;
        }

        _deletions.Enqueue(name);
        return deleting(name);
    };

    private IReadOnlyList<string> DeletedContents() => [.. _deletions.Select(name => name.ToString()).Order(StringComparer.Ordinal)];

    private async Task SendAsync(int versions)
    {
        for (var i = 0; i < versions; i++)
        {
            _sends.Add(new TestSend(_owner, _name));
            await _sends[^1].SendAsync(vault);
        }
    }

    private async Task<IReadOnlyList<string>> ContentAsync()
    {
        var names = new List<string>();
        await foreach (var entry in vault.Content.ListAsync(BlobName.Create(_owner.Account.ToString()), default))
        {
            if (ContentName.TryReadUpload(entry.Name.ToString(), out _))
            {
                names.Add(entry.Name.ToString());
            }
        }

        return names;
    }
}
