using System.Text;
using Vault.Client.Files;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests.Recovery;

/// <summary>A forgotten password, a mailed code, a new password: with the recovery key, without it, and what comes after.</summary>
public sealed class ResetTests : IAsyncLifetime
{
    private const string NewPassword = "another horse entirely", FilePassword = "the file's own password";

    private RunningVault _vault = null!; // set before the first test

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task Reset_WithTheRecoveryKey_LosesNothing()
    {
        using var recoveryKey = await SignUpAsync("ada@example.org");
        await using var bob = await _vault.CreateAsync("bob@example.org");
        await using (var ada = await _vault.ConnectAsync())
        {
            await ada.SendAsync(_vault.Write("own.txt", "own"u8), "own.txt", null, null, default);
            await GiveAsync(ada, "own.txt", "bob@example.org");
            await bob.SendAsync(_vault.Write("his.txt", "his"u8), "his.txt", null, null, default);
            await GiveAsync(bob, "his.txt", "ada@example.org");
        }

        using var reset = await ResetAsync(recoveryKey);
        await using var session = reset.Session;
        Assert.Null(reset.NewRecoveryKey);
        Assert.Equal("own", await ReceiveAsync(session, await session.FindAsync("own.txt", default)));
        var received = Assert.Single(await session.ListReceivedAsync(default).ToListAsync());
        Assert.Equal("his", await ReceiveAsync(session, received.File));
        var given = Assert.Single(await bob.ListReceivedAsync(default).ToListAsync());
        Assert.Equal("own", await ReceiveAsync(bob, given.File));
        await RefusedAsync(VaultErrorCode.LoginFailed, () => _vault.ConnectAsync());
        await using var again = await _vault.ConnectAsync(password: NewPassword);
        using var notice = await _vault.Mail.NextAsync("ada@example.org", "was reset");
        Assert.Contains("Every session has ended", notice.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_WithoutIt_SaysWhatIsLostAndKeepsPasswordFilesAndTheOldRing()
    {
        using var oldKey = await SignUpAsync("ada@example.org");
        await using var bob = await _vault.CreateAsync("bob@example.org");
        using var filePassword = RunningVault.Secret(FilePassword);
        await using (var ada = await _vault.ConnectAsync())
        {
            await ada.SendAsync(_vault.Write("own.txt", "own"u8), "own.txt", null, null, default);
            await ada.SendAsync(
                _vault.Write("locked.txt", "locked"u8), "papers/locked.txt",
                new SendOptions { Password = filePassword, WorkFactor = 15 }, null, default);
            await bob.SendAsync(_vault.Write("his.txt", "his"u8), "his.txt", null, null, default);
            await GiveAsync(bob, "his.txt", "ada@example.org");
            Assert.Single(await ada.ListReceivedAsync(default).ToListAsync());
        }

        IReadOnlyList<LostFile> losses = [];
        using var reset = await ResetAsync(null, confirm: lost =>
        {
            losses = lost;
            return true;
        });
        Assert.Equal([false, true], losses.Select(loss => loss.IsReceived).Order());
        Assert.All(losses, loss => Assert.True(loss.StoredLength > 1_600 && loss.StoredAt > DateTimeOffset.UtcNow.AddMinutes(-5)));
        Assert.NotNull(reset.NewRecoveryKey);
        await using var session = reset.Session;

        // What is lost says so, and hides nothing else.
        var listed = await session.ListAsync(default).ToListAsync();
        Assert.Equal(2, listed.Count);
        Assert.All(listed, file => Assert.False(file.IsReadable));
        var own = listed.Single(file => file.Protection == FileProtection.Key);
        var lost = await Assert.ThrowsAsync<VaultException>(() => ReceiveAsync(session, own));
        Assert.Equal(VaultErrorCode.KeysLost, lost.Code);
        Assert.Equal(VaultErrorCode.ShareOutdated, Assert.Single(await session.ListReceivedAsync(default).ToListAsync()).Error?.Code);

        // The password file opens, and has its name again.
        var locked = listed.Single(file => file.Protection == FileProtection.Password);
        using var wrong = RunningVault.Secret("not it");
        Assert.Equal(
            VaultErrorCode.WrongFilePassword,
            (await Assert.ThrowsAsync<VaultException>(() => session.NameAsync(locked, wrong, default))).Code);
        var named = await session.NameAsync(locked, filePassword, default);
        Assert.Equal(("papers/locked.txt", 6L), (named.Name, named.Length));
        Assert.Equal("locked", await ReceiveAsync(session, await session.FindAsync("papers/locked.txt", default), filePassword));
        Assert.Equal("papers/locked.txt", (await session.NameAsync(locked, filePassword, default)).Name); // again is no error

        // Bob sees which of his grants nobody reads, is warned, confirms, and grants again.
        var his = (await bob.FindAsync("his.txt", default))!; // sent above
        Assert.False(Assert.Single(await bob.ListSharesAsync(his, default)).IsReadable);
        var refused = Assert.Single(await bob.GrantAsync(his, ["ada@example.org"], null, default));
        Assert.Equal(VaultErrorCode.ContactChanged, refused.Error?.Code);
        var fingerprint = (await session.FindContactAsync("bob@example.org", default)).Fingerprint;
        await bob.ConfirmContactAsync("ada@example.org", fingerprint, default);
        await GiveAsync(bob, "his.txt", "ada@example.org");
        var received = Assert.Single(await session.ListReceivedAsync(default).ToListAsync());
        Assert.Equal("his", await ReceiveAsync(session, received.File));

        // The recovery key of then is found.
        await session.SendAsync(_vault.Write("new.txt", "new"u8), "new.txt", null, null, default);
        using var password = RunningVault.Secret(NewPassword);
        Assert.Equal(
            VaultErrorCode.WrongRecoveryKey,
            (await Assert.ThrowsAsync<VaultException>(
                () => session.RestoreKeyRingAsync(reset.NewRecoveryKey!, password, null, default))).Code); // set: see above
        await using var restored = await session.RestoreKeyRingAsync(oldKey, password, null, default);
        Assert.Equal(
            ["new.txt", "own.txt", "papers/locked.txt"],
            (await restored.ListAsync(default).ToListAsync()).Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.Equal("own", await ReceiveAsync(restored, await restored.FindAsync("own.txt", default)));
        Assert.Equal("new", await ReceiveAsync(restored, await restored.FindAsync("new.txt", default)));
        Assert.Single(await restored.ListContactsAsync(default));

        // A name of former keys is sent again, not twice.
        var second = await restored.SendAsync(_vault.Write("own.txt", "second"u8), "own.txt", null, null, default);
        Assert.Equal(2, second.Version);
        await using var elsewhere = await _vault.ConnectAsync(password: NewPassword);
        Assert.Equal("second", await ReceiveAsync(elsewhere, await elsewhere.FindAsync("own.txt", default)));

        // And it is the account's recovery key again.
        using var last = await ResetAsync(oldKey, password: "a third horse");
        await using var end = last.Session;
        Assert.Equal("new", await ReceiveAsync(end, await end.FindAsync("new.txt", default)));
    }

    [Fact]
    public async Task Reset_FilesThatWereRenamed_AreListedAsLostByWhatOpensThemAndComeBackUnderTheirNewNames()
    {
        using var oldKey = await SignUpAsync("ada@example.org");
        using var filePassword = RunningVault.Secret(FilePassword);
        FileId own, locked;
        await using (var ada = await _vault.ConnectAsync())
        {
            var first = await ada.SendAsync(_vault.Write("own.txt", "own"u8), "own.txt", null, null, default);
            var second = await ada.SendAsync(
                _vault.Write("locked.txt", "locked"u8), "locked.txt", new SendOptions { Password = filePassword, WorkFactor = 15 }, null, default);
            own = (await ada.RenameAsync(first, "archive/own.txt", null, default)).Id;
            locked = (await ada.RenameAsync(second, "archive/locked.txt", filePassword, default)).Id;
        }

        IReadOnlyList<LostFile> losses = [];
        using var reset = await ResetAsync(null, confirm: lost =>
        {
            losses = lost;
            return true;
        });
        await using var session = reset.Session;
        var loss = Assert.Single(losses); // the other opens with its own password
        Assert.Equal((own, false), (loss.Id, loss.IsReceived));

        // The password file has the name that it was given last.
        var listed = await session.ListAsync(default).ToListAsync();
        Assert.All(listed, file => Assert.False(file.IsReadable));
        var lost = await Assert.ThrowsAsync<VaultException>(() => ReceiveAsync(session, listed.Single(file => file.Id == own)));
        Assert.Equal(VaultErrorCode.KeysLost, lost.Code);
        var named = await session.NameAsync(listed.Single(file => file.Id == locked), filePassword, default);
        Assert.Equal("archive/locked.txt", named.Name);
        Assert.Equal("locked", await ReceiveAsync(session, await session.FindAsync("archive/locked.txt", default), filePassword));

        using var password = RunningVault.Secret(NewPassword);
        await using var restored = await session.RestoreKeyRingAsync(oldKey, password, null, default);
        Assert.Equal(
            ["archive/locked.txt", "archive/own.txt"],
            (await restored.ListAsync(default).ToListAsync()).Select(file => file.Name).Order(StringComparer.Ordinal));
        var back = await restored.FindAsync("archive/own.txt", default);
        Assert.Equal("own", await ReceiveAsync(restored, back));
        Assert.Null(await restored.FindAsync("own.txt", default));

        // And it is renamed and sent again as any other.
        var again = await restored.RenameAsync(back!, "own.txt", null, default); // found above
        Assert.Equal("own", await ReceiveAsync(restored, await restored.FindAsync("own.txt", default)));
        Assert.Equal(again.Version + 1, (await restored.SendAsync(_vault.Write("own.txt", "next"u8), "own.txt", null, null, default)).Version);
    }

    [Fact]
    public async Task Reset_SecondFactorMissing_KeepsTheMailedCodeUntilItIsAtHand()
    {
        using var key = await SignUpAsync("ada@example.org");
        IReadOnlyList<string> backup;
        await using (var ada = await _vault.ConnectAsync())
        {
            using var setup = await ada.PrepareTotpAsync(default);
            backup = (await ada.EnableTotpAsync(Authenticator.Scan(new string(setup.Reveal())).Show(DateTimeOffset.UtcNow), default)).BackupCodes;
        }

        var code = await _vault.RequestCodeAsync();
        await RefusedAsync(VaultErrorCode.CodeRequired, () => ResetAsync(null, code));
        await RefusedAsync(VaultErrorCode.CodeInvalid, () => ResetAsync(null, "0000-0000-0000")); // a guesser learns of no second factor
        await RefusedAsync(VaultErrorCode.CodeRequired, () => ResetAsync(null, code, ask: () => null)); // asked, and none at hand
        var asked = new Queue<string>(["000000", backup[0]]);
        using var reset = await ResetAsync(null, code, ask: asked.Dequeue);
        Assert.Empty(asked);
        await reset.Session.GetStatusAsync(default);
        await reset.Session.DisposeAsync();
        await RefusedAsync(VaultErrorCode.CodeInvalid, () => ResetAsync(null, code, ask: () => backup[1])); // used up by now
    }

    [Fact]
    public async Task Reset_WithTheRecoveryKeyAndASecondFactor_IsDoneAndAsksForTheLogin()
    {
        using var key = await SignUpAsync("ada@example.org");
        IReadOnlyList<string> backup;
        await using (var ada = await _vault.ConnectAsync())
        {
            using var setup = await ada.PrepareTotpAsync(default);
            backup = (await ada.EnableTotpAsync(Authenticator.Scan(new string(setup.Reveal())).Show(DateTimeOffset.UtcNow), default)).BackupCodes;
        }

        var error = await Assert.ThrowsAsync<VaultException>(() => ResetAsync(key));
        Assert.Equal(VaultErrorCode.CodeRequired, error.Code);
        Assert.Contains("The password is the new one", error.Message, StringComparison.Ordinal);
        using var again = await ResetAsync(key, password: "a third horse", ask: () => backup[0]);
        await again.Session.GetStatusAsync(default);
        await again.Session.DisposeAsync();
    }

    [Fact]
    public async Task Reset_NotConfirmed_ChangesNothing()
    {
        using var key = await SignUpAsync("ada@example.org");
        await using var ada = await _vault.ConnectAsync();
        await ada.SendAsync(_vault.Write("own.txt", "own"u8), "own.txt", null, null, default);
        var code = await _vault.RequestCodeAsync();
        await RefusedAsync(VaultErrorCode.ConfirmationNeeded, () => ResetAsync(null, code, _ => false));

        await RefusedAsync(VaultErrorCode.CodeInvalid, () => ResetAsync(key, code)); // it is used up
        await ada.GetStatusAsync(default);
        await using var still = await _vault.ConnectAsync();
        Assert.Equal("own", await ReceiveAsync(still, await still.FindAsync("own.txt", default)));
    }

    [Fact]
    public async Task Reset_SignedInElsewhere_EndsThatSessionWithinOneRequest()
    {
        using var key = await SignUpAsync("ada@example.org");
        await using var elsewhere = await _vault.ConnectAsync();
        await elsewhere.GetStatusAsync(default);
        using var reset = await ResetAsync(key);
        await using var session = reset.Session;
        await RefusedAsync(VaultErrorCode.NotAuthenticated, () => elsewhere.GetStatusAsync(default));
        await session.GetStatusAsync(default);
        Assert.Single(await session.ListSessionsAsync(default));
    }

    [Fact]
    public async Task Reset_WrongRecoveryKey_ChangesNothing()
    {
        using var key = await SignUpAsync("ada@example.org");
        using var bobs = await SignUpAsync("bob@example.org");
        await RefusedAsync(VaultErrorCode.WrongRecoveryKey, () => ResetAsync(bobs));
        await using var still = await _vault.ConnectAsync();
        using var reset = await ResetAsync(key);
        await reset.Session.DisposeAsync();
    }

    [Fact]
    public async Task Reset_ServerThatThisMachineDoesNotKnow_IsRefusedBeforeTheCodeLeaves()
    {
        using var key = await SignUpAsync("ada@example.org");
        var code = await _vault.RequestCodeAsync();
        using var password = RunningVault.Secret(NewPassword);
        var unpinned = _vault.Address with { Host = "localhost", Key = null };
        foreach (var options in new[]
        {
            _vault.Options, _vault.Options with { AcceptUnknownServer = true },
            _vault.Options with { AcceptServerKey = _vault.Server.ServerKey },
        })
        {
            var error = await Assert.ThrowsAsync<VaultException>(() => VaultRecovery.ResetAsync(
                unpinned, "ada@example.org", code, password, key, _ => Task.FromResult(true), options, default));
            Assert.Equal(VaultErrorCode.ServerUnknown, error.Code);
        }

        using var reset = await ResetAsync(key, code); // pinned, and the code is still good
        await reset.Session.DisposeAsync();
    }

    [Fact]
    public async Task Reset_TwoAtOnce_OneWinsAndTheOtherChangesNothing()
    {
        using var key = await SignUpAsync("ada@example.org");
        var first = await _vault.RequestCodeAsync();
        var second = await _vault.RequestCodeAsync();
        var bothOpen = new Barrier(2);

        // Both codes are accepted before either reset ends.
        Task<RecoveredAccount> Start(string code, string password) => Task.Run(() => ResetAsync(null, code, _ =>
        {
            Assert.True(bothOpen.SignalAndWait(TimeSpan.FromSeconds(60)), "The other reset did not come as far.");
            return true;
        }, password));
        var resets = new[] { Start(first, "the first horse"), Start(second, "the second horse") };
        await Assert.ThrowsAsync<VaultException>(() => Task.WhenAll(resets));

        var won = Assert.Single(resets, reset => reset.IsCompletedSuccessfully);
        var lost = Assert.IsType<VaultException>(Assert.Single(resets, reset => reset.IsFaulted).Exception!.InnerException);
        Assert.Equal(VaultErrorCode.CodeInvalid, lost.Code);
        using var recovered = await won;
        await recovered.Session.GetStatusAsync(default);
        await recovered.Session.DisposeAsync();
        await RefusedAsync(
            VaultErrorCode.LoginFailed,
            () => _vault.ConnectAsync(password: won == resets[0] ? "the second horse" : "the first horse"));
    }

    [Fact]
    public async Task Reset_ServerRestartsBetweenCodeAndEnd_ChangesNothingAndAnotherCodeWorks()
    {
        using var key = await SignUpAsync("ada@example.org");
        var code = await _vault.RequestCodeAsync();
        await RefusedAsync(VaultErrorCode.CodeInvalid, () => ResetAsync(null, code, _ =>
        {
            _vault.RestartAsync().Wait(TimeSpan.FromSeconds(60));
            return true;
        }));
        await RefusedAsync(VaultErrorCode.CodeInvalid, () => ResetAsync(key, code));
        await using (await _vault.ConnectAsync())
        {
        }

        using var reset = await ResetAsync(key);
        await reset.Session.DisposeAsync();
    }

    [Fact]
    public async Task Code_ServerRestarts_IsStillGood()
    {
        using var key = await SignUpAsync("ada@example.org");
        var code = await _vault.RequestCodeAsync();
        await _vault.RestartAsync();
        using var reset = await ResetAsync(key, code);
        await reset.Session.DisposeAsync();
    }

    [Fact]
    public async Task Store_AfterAReset_HoldsNoCodeAndNoOldRecord()
    {
        using var key = await SignUpAsync("ada@example.org");
        var before = Directory.GetFiles(Path.Combine(_vault.DataFolder, "state", "blobs"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file).StartsWith("record-1", StringComparison.Ordinal)).ToList();
        Assert.Single(before);
        var code = await _vault.RequestCodeAsync();
        using (var reset = await ResetAsync(key, code))
        {
            await reset.Session.DisposeAsync();
        }

        await _vault.StopAsync();
        Assert.DoesNotContain(before, File.Exists);
        foreach (var file in Directory.GetFiles(Path.Combine(_vault.DataFolder, "state"), "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain(code, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(code.Replace("-", "", StringComparison.Ordinal), text, StringComparison.OrdinalIgnoreCase);
        }

        await _vault.StartAgainAsync();
    }

    private async Task<RecoveryKey> SignUpAsync(string email)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(_vault.Address, email, password, _vault.Options, default);
        var text = account.RecoveryKey.Reveal();
        Assert.True(RecoveryKey.TryParse(text, out var key));
        return key;
    }

    private async Task<RecoveredAccount> ResetAsync(
        RecoveryKey? key, string? code = null, Func<IReadOnlyList<LostFile>, bool>? confirm = null, string password = NewPassword,
        Func<string?>? ask = null)
    {
        code ??= await _vault.RequestCodeAsync();
        using var secret = RunningVault.Secret(password);
        return await VaultRecovery.ResetAsync(
            _vault.Address, "ada@example.org", code, secret, key, lost => Task.FromResult(confirm?.Invoke(lost) ?? true),
            _vault.Options with
            {
                ReconnectFor = TimeSpan.FromSeconds(30),
                AskForCode = ask is null ? null : _ => Task.FromResult(ask()),
            },
            default);
    }

    private static async Task GiveAsync(VaultSession from, string name, string to)
    {
        var file = (await from.FindAsync(name, default))!; // sent before
        var result = Assert.Single(await from.GrantAsync(file, [to], null, default));
        Assert.True(result.Error is null, result.Error?.Message);
    }

    private async Task<string> ReceiveAsync(VaultSession session, VaultFile? file, SecretBytes? password = null)
    {
        Assert.NotNull(file);
        var target = Path.Combine(_vault.Folder, Guid.NewGuid().ToString("N"));
        await session.ReceiveAsync(file, target, new ReceiveOptions { Password = password }, null, default);
        return await File.ReadAllTextAsync(target);
    }

    private static async Task RefusedAsync<T>(VaultErrorCode code, Func<Task<T>> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<VaultException>(async () => await action())).Code);
}
