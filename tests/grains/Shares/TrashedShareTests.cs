using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Shares;

/// <summary>Nobody but its owner has a file in the trash, whatever crosses its way there.</summary>
public sealed class TrashedShareTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TestPerson _owner = null!, _friend = null!, _other = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var send = new TestSend(_owner);
        await send.SendAsync(vault);
        _share = new TestShare(_owner, send.Reserve.File);
        await _share.GrantAsync(_friend);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Grant_FileOnItsWayToTheTrash_IsRefused()
    {
        var request = new GrantSharesRequest(CommandId.New(), [_share.Sign(_other, await _share.TargetAsync())]);
        var held = vault.Log.HoldNext("user.file-trashed.v1");
        var trashing = _owner.Grain.TrashFile(_owner.Session, _share.File);
        await held.Reached.WaitAsync(Patience);

        // One that finds the file in the list still, and what comes of one that found it there just before.
        var granting = _share.TryGrantAsync(request);
        var answer = await vault.File(_share.File).Grant(_owner.Caller, request);
        held.Release();

        Expect.Refused(ErrorCode.NotFound, answer);
        Expect.Value(await trashing.WaitAsync(Patience));
        Expect.Refused(ErrorCode.NotFound, await granting.WaitAsync(Patience));
        foreach (var person in new[] { _friend, _other })
        {
            Assert.Empty(await TestShare.ReceivedAsync(person));
            Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(person.Caller, 0));
        }
    }

    [Fact]
    public async Task Grant_FileThatDidNotGetToTheTrash_IsStored()
    {
        vault.Log.FailNext("file.shares-revoked.v1", Fault.BeforeStoring);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _owner.Grain.TrashFile(_owner.Session, _share.File));

        await _share.GrantAsync(_other);

        Assert.Single(await TestShare.ReceivedAsync(_other));
    }
}
