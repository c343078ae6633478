using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vault.Client.Keys;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Access;

/// <summary>New keys in the account: access keys end with the keys that they hold, new ones open older files too, and there is an end to it.</summary>
public sealed class RotatedKeysTests : IAsyncLifetime
{
    private const string NewPassword = "another horse battery";

    private static readonly AccessScope[] Scopes = [AccessScope.All, AccessScope.ReadOnly, AccessScope.SendOnly];

    private RunningVault _vault = null!; // set by InitializeAsync

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task ChangePassword_RotateKeys_EndsAccessKeysAndNewOnesOpenOlderAndNewerFiles()
    {
        var ada = await _vault.CreateAsync();
        await ada.SendAsync(_vault.Write("old.txt", "old"u8), "old.txt", null, null, default);
        var before = await MakeAsync(ada, "before");
        var connected = new List<VaultSession>();
        foreach (var path in before)
        {
            connected.Add(await VaultSession.ConnectAsync(path, _vault.Options, default));
        }

        Assert.Equal(3, SealedKeys().Count);
        using var current = RunningVault.Secret(RunningVault.Password);
        using var password = RunningVault.Secret(NewPassword);
        var changed = await ada.ChangePasswordAsync(current, password, rotateKeys: true, null, default);
        changed.RecoveryKey!.Dispose(); // the keys changed
        await using var rotated = changed.Session;
        await ada.DisposeAsync();

        Assert.Equal(["before-All", "before-ReadOnly", "before-SendOnly"], changed.EndedAccessKeys.Select(key => key.Name).Order());
        Assert.Empty(await rotated.ListAccessKeysAsync(default));
        Assert.Empty(SealedKeys()); // whoever has a file of then gets nothing for it
        foreach (var (path, session) in before.Zip(connected))
        {
            await RefusedAsync(() => session.GetStatusAsync(default));
            var error = await RefusedAsync(() => VaultSession.ConnectAsync(path, _vault.Options, default));
            Assert.Contains("with new keys", error.Message, StringComparison.Ordinal);
            await session.DisposeAsync();
        }

        using var notice = await _vault.Mail.NextAsync(_vault.DefaultEmail, "password and keys were changed");
        Assert.Contains("every access key has ended", notice.TextBody, StringComparison.Ordinal);

        await rotated.SendAsync(_vault.Write("new.txt", "new"u8), "new.txt", null, null, default);
        var after = await MakeAsync(rotated, "after");
        await using var all = await VaultSession.ConnectAsync(after[0], _vault.Options, default);
        await using var reader = await VaultSession.ConnectAsync(after[1], _vault.Options, default);
        await using var sender = await VaultSession.ConnectAsync(after[2], _vault.Options, default);
        foreach (var session in new[] { all, reader })
        {
            Assert.Equal(["new.txt", "old.txt"], (await session.ListAsync(default).ToListAsync()).Select(file => file.Name).Order());
            Assert.Equal(("old", "new"), (await ReadAsync(session, "old.txt"), await ReadAsync(session, "new.txt")));
            Assert.Equal(2, Dispose(session.ExportIdentities()));
        }

        await all.SendAsync(_vault.Write("old.txt", "second"u8), "old.txt", null, null, default);
        await sender.SendAsync(_vault.Write("sent.txt", "sent"u8), "sent.txt", null, null, default);
        Assert.Equal(("second", "sent"), (await ReadAsync(rotated, "old.txt"), await ReadAsync(rotated, "sent.txt")));
        Assert.Equal("sent", await ReadAsync(reader, "sent.txt"));
        await Assert.ThrowsAsync<VaultException>(() => reader.SendAsync(_vault.Write("x", "x"u8), "x", null, null, default));
    }

    [Fact]
    public async Task ChangePassword_PasswordAlone_LeavesAccessKeysAsTheyAre()
    {
        await using var ada = await _vault.CreateAsync();
        var path = (await MakeAsync(ada, "kept"))[1];
        using var current = RunningVault.Secret(RunningVault.Password);
        using var password = RunningVault.Secret(NewPassword);
        Assert.Empty((await ada.ChangePasswordAsync(current, password, rotateKeys: false, null, default)).EndedAccessKeys);
        await using var reader = await VaultSession.ConnectAsync(path, _vault.Options, default);
        Assert.Equal(3, (await ada.ListAccessKeysAsync(default)).Count);
        Assert.Equal(3, SealedKeys().Count);
    }

    [Fact]
    public async Task ChangePassword_RingIsFull_IsRefusedBeforeAnythingChanges()
    {
        await using var ada = await _vault.CreateAsync();
        await ada.SendAsync(_vault.Write("own.txt", "own"u8), "own.txt", null, null, default);
        await PutFormerAsync(ada, KeyRing.MaxFormer - 1);
        using var password = RunningVault.Secret(RunningVault.Password);
        using var another = RunningVault.Secret(NewPassword);

        // The last one that fits goes all the way: sealed twice, stored, read back, and into an access key.
        var changed = await ada.ChangePasswordAsync(password, another, rotateKeys: true, null, default);
        changed.RecoveryKey!.Dispose(); // the keys changed
        await using var full = changed.Session;
        await using var again = await _vault.ConnectAsync(password: NewPassword);
        Assert.Equal(KeyRing.MaxFormer, again.Me.Ring.Former.Count);
        Assert.Equal("own", await ReadAsync(again, "own.txt"));
        var keys = await MakeAsync(again, "full");
        await using (var reader = await VaultSession.ConnectAsync(keys[1], _vault.Options, default))
        {
            Assert.Equal("own", await ReadAsync(reader, "own.txt"));
        }

        var error = await Assert.ThrowsAsync<VaultException>(() => again.ChangePasswordAsync(another, password, rotateKeys: true, null, default));
        Assert.Equal(VaultErrorCode.NotPermitted, error.Code);
        Assert.Contains($"{KeyRing.MaxFormer} former keys at most", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing has changed", error.Message, StringComparison.Ordinal);

        // The password is what it was, access keys go on, and a change of the password alone still works.
        await using (await VaultSession.ConnectAsync(keys[0], _vault.Options, default))
        await using (await _vault.ConnectAsync(password: NewPassword))
        {
        }

        await again.ChangePasswordAsync(another, password, rotateKeys: false, null, default);
        await using var last = await _vault.ConnectAsync();
        Assert.Equal(KeyRing.MaxFormer, last.Me.Ring.Former.Count);
    }

    /// <summary>A ring with so many former keys, stored under the present password, as that many rotations would leave it.</summary>
    private async Task PutFormerAsync(VaultSession session, int count)
    {
        Assert.True(EmailAddress.TryParse(session.Email, out var email));
        using var password = RunningVault.Secret(RunningVault.Password);
        var stretching = new KeyStretching(64 * 1024, 3, 1);
        var connection = session.Me.Connection;
        using var login = await Login.RunAsync(connection, stretching, email, password, _vault.Options, TimeSpan.Zero, default);
        using var plain = login.Ring.Write(isSecond: true);
        byte[] bytes = [.. plain.Span, .. RandomNumberGenerator.GetBytes(count * 128)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)count);
        using var ring = KeyRing.Read(bytes);
        Assert.NotNull(ring);
        var client = new OpaqueClient(KeyStretchings.Use(stretching));
        var (state, request) = client.StartRegistration(password.Span);
        using (state)
        {
            var start = await connection.PostAsync(
                Routes.PasswordStart, new PasswordStartRequest(request), ProtocolJson.Default.PasswordStartRequest,
                ProtocolJson.Default.PasswordStartReply, default);
            using var registration = await Registration.FinishAsync(client, state, start.RegistrationResponse, default);
            await connection.DoAsync(
                HttpMethod.Post, Routes.Keys,
                new ChangeKeysRequest(registration.Record, ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing), null, null, null),
                ProtocolJson.Default.ChangeKeysRequest, default);
        }
    }

    private async Task<string[]> MakeAsync(VaultSession session, string name)
    {
        var paths = new List<string>();
        foreach (var scope in Scopes)
        {
            var path = Path.Combine(_vault.Folder, $"{name}-{scope}.key");
            await session.CreateAccessKeyAsync($"{name}-{scope}", scope, DateTimeOffset.UtcNow.AddDays(1), path, default);
            paths.Add(path);
        }

        return [.. paths];
    }

    private List<string> SealedKeys() =>
        [.. Directory.GetFiles(Path.Combine(_vault.DataFolder, "state", "blobs"), "access-keys-*", SearchOption.AllDirectories)];

    private static int Dispose(IReadOnlyList<SecretBytes> identities)
    {
        foreach (var identity in identities)
        {
            identity.Dispose();
        }

        return identities.Count;
    }

    private static async Task<string> ReadAsync(VaultSession session, string name)
    {
        var file = await session.FindAsync(name, default);
        Assert.NotNull(file);
        await using var stream = await session.OpenReadAsync(file, null, default);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task<VaultException> RefusedAsync<T>(Func<Task<T>> action)
    {
        var error = await Assert.ThrowsAsync<VaultException>(action);
        Assert.Equal(VaultErrorCode.NotAuthenticated, error.Code);
        return error;
    }
}
