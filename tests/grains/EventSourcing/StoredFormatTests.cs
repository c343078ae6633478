using System.Text;
using Vault.Grains.EventSourcing;
using Vault.Grains.Files;
using Vault.Grains.Interfaces;
using Vault.Grains.Recovery;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.EventSourcing;

/// <summary>Every event as it is stored. A test that fails here means that old streams no longer read: add a new name and
/// an upcaster instead of changing these lines.</summary>
public sealed class StoredFormatTests
{
    private static readonly DateTimeOffset Time = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly SessionKey Key = ReadKey();
    private static readonly UploadId Upload = new(new Guid("000102030405060708090a0b0c0d0e0f"));
    private static readonly FileId File = new(new Guid("101112131415161718191a1b1c1d1e1f"));
    private static readonly AccountId Owner = new(new Guid("202122232425262728292a2b2c2d2e2f"));

    private static readonly AccountKeys Keys = new(2, [1], [2], 3, [3]);

    private static readonly AccountRegistered Registered =
        new("a+b@example.org", 1, [1], [2], [0xfb, 0xff], new SignedProfile([4], [5]));

    private const string RegisteredText =
        """{"email":"a+b@example.org","generation":1,"recordHash":"AQ==","ringHash":"Ag==","recoveryRingHash":"+/8=","profile":{"bytes":"BA==","signature":"BQ=="}}""";

    private static readonly (UserEvent Event, string Name, string Json)[] UserEvents =
    [
        (Registered, "user.registered.v1", RegisteredText),
        (new RegistrationAsked(new(new Guid("606162636465666768696a6b6c6d6e6f")), Registered, Time),
            "user.registration-asked.v1", $$"""{"id":"606162636465666768696a6b6c6d6e6f","registration":{{RegisteredText}},"expiresAt":"2030-01-02T03:04:05+00:00"}"""),
        (new ConfirmationIssued(new(new Guid("606162636465666768696a6b6c6d6e6f")), [1]),
            "user.confirmation-issued.v1", """{"id":"606162636465666768696a6b6c6d6e6f","codeHash":"AQ=="}"""),
        (new RegistrationConfirmed(new(new Guid("606162636465666768696a6b6c6d6e6f"))),
            "user.registration-confirmed.v1", """{"id":"606162636465666768696a6b6c6d6e6f"}"""),
        (new SessionStarted(Key, "laptop", "203.0.113.7", "203.0.113.7", Time, Time.AddHours(12), [Key]),
            "user.session-started.v1",
            """{"key":"0101010101010101010101010101010101010101010101010101010101010101","device":"laptop","address":"203.0.113.7","network":"203.0.113.7","startedAt":"2030-01-02T03:04:05+00:00","expiresAt":"2030-01-02T15:04:05+00:00","dropped":["0101010101010101010101010101010101010101010101010101010101010101"]}"""),
        (new SessionEnded(Key),
            "user.session-ended.v1",
            """{"key":"0101010101010101010101010101010101010101010101010101010101010101"}"""),
        (new TotpPrepared([1]), "user.totp-prepared.v1", """{"sealedSecret":"AQ=="}"""),
        (new TotpEnabled(63_125_000, [[1], [2]]), "user.totp-enabled.v1", """{"step":63125000,"backupCodes":["AQ==","Ag=="]}"""),
        (new OneTimeCodeUsed(63_125_001), "user.one-time-code-used.v1", """{"step":63125001}"""),
        (new BackupCodeUsed([1]), "user.backup-code-used.v1", """{"hash":"AQ=="}"""),
        (new TotpDisabled(), "user.totp-disabled.v1", "{}"),
        (new AccessKeyAdded(new(new Guid("404142434445464748494a4b4c4d4e4f")), Key, "backup", AccessScope.SendOnly, [1], Time, Time.AddDays(1)),
            "user.access-key-added.v1",
            """{"id":"404142434445464748494a4b4c4d4e4f","key":"0101010101010101010101010101010101010101010101010101010101010101","name":"backup","scope":"send_only","sealedHash":"AQ==","createdAt":"2030-01-02T03:04:05+00:00","expiresAt":"2030-01-03T03:04:05+00:00"}"""),
        (new AccessKeyUsed(new(new Guid("404142434445464748494a4b4c4d4e4f")), Time, "203.0.113.7"),
            "user.access-key-used.v1",
            """{"id":"404142434445464748494a4b4c4d4e4f","at":"2030-01-02T03:04:05+00:00","address":"203.0.113.7"}"""),
        (new AccessKeyRemoved(new(new Guid("505152535455565758595a5b5c5d5e5f"))),
            "user.access-key-removed.v1", """{"id":"505152535455565758595a5b5c5d5e5f"}"""),
        (new SendsReserved([new Reservation(Upload, File, new NameTag(1, 2), 150, 300, 65_552, Time)], [Upload]),
            "user.sends-reserved.v1",
            """{"reserved":[{"upload":"000102030405060708090a0b0c0d0e0f","file":"101112131415161718191a1b1c1d1e1f","nameTag":"AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAI=","headerLength":150,"payloadLength":300,"partSize":65552,"expiresAt":"2030-01-02T03:04:05+00:00"}],"expired":["000102030405060708090a0b0c0d0e0f"]}"""),
        (new CopyReserved(new Reservation(Upload, File, new NameTag(1, 2), 150, 300, 65_552, Time) { Content = Upload }, [Upload]),
            "user.copy-reserved.v1",
            """{"reserved":{"upload":"000102030405060708090a0b0c0d0e0f","file":"101112131415161718191a1b1c1d1e1f","nameTag":"AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAI=","headerLength":150,"payloadLength":300,"partSize":65552,"expiresAt":"2030-01-02T03:04:05+00:00","content":"000102030405060708090a0b0c0d0e0f"},"expired":["000102030405060708090a0b0c0d0e0f"]}"""),
        (new SendReleased(Upload), "user.send-released.v1", """{"upload":"000102030405060708090a0b0c0d0e0f"}"""),
        (new SendsCommitted([new CommittedSend(Upload, 1, [1], [2], Time)]),
            "user.sends-committed.v1",
            """{"sends":[{"upload":"000102030405060708090a0b0c0d0e0f","version":1,"ownerMetadata":"AQ==","manifestHash":"Ag==","storedAt":"2030-01-02T03:04:05+00:00"}]}"""),
        (new FileRemoved(File, [Upload]),
            "user.file-removed.v1",
            """{"file":"101112131415161718191a1b1c1d1e1f","released":["000102030405060708090a0b0c0d0e0f"]}"""),
        (new RemovalFinished(File), "user.removal-finished.v1", """{"file":"101112131415161718191a1b1c1d1e1f"}"""),
        (new FileTrashed(File, Time, [Upload]),
            "user.file-trashed.v1",
            """{"file":"101112131415161718191a1b1c1d1e1f","at":"2030-01-02T03:04:05+00:00","released":["000102030405060708090a0b0c0d0e0f"]}"""),
        (new FileRestored(File), "user.file-restored.v1", """{"file":"101112131415161718191a1b1c1d1e1f"}"""),
        (new OldVersionsRemoved(File, [Upload]),
            "user.old-versions-removed.v1",
            """{"file":"101112131415161718191a1b1c1d1e1f","uploads":["000102030405060708090a0b0c0d0e0f"]}"""),
        (new OldVersionsGone(File), "user.old-versions-gone.v1", """{"file":"101112131415161718191a1b1c1d1e1f"}"""),
        (new FileRenamed(File, new NameTag(1, 2), 3, 2, [1], [2], new SignedRevision([3], [4])),
            "user.file-renamed.v1",
            """{"file":"101112131415161718191a1b1c1d1e1f","nameTag":"AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAI=","version":3,"revision":2,"ownerMetadata":"AQ==","metadata":"Ag==","signed":{"bytes":"Aw==","signature":"BA=="}}"""),
        (new RenameFinished(File, 3, 2),
            "user.rename-finished.v1", """{"file":"101112131415161718191a1b1c1d1e1f","version":3,"revision":2}"""),
        (new VersionsReplaced([new CommittedSend(Upload, 2, [1], [2], Time)]),
            "user.versions-replaced.v1",
            """{"sends":[{"upload":"000102030405060708090a0b0c0d0e0f","version":2,"ownerMetadata":"AQ==","manifestHash":"Ag==","storedAt":"2030-01-02T03:04:05+00:00"}]}"""),
        (new ReplacementFinished(File, 2),
            "user.replacement-finished.v1", """{"file":"101112131415161718191a1b1c1d1e1f","version":2}"""),
        (new FileShared(File), "user.file-shared.v1", """{"file":"101112131415161718191a1b1c1d1e1f"}"""),
        (new ShareAnnounced(File, 7),
            "user.share-announced.v1", """{"file":"101112131415161718191a1b1c1d1e1f","number":7}"""),
        (new SharesForgotten([new AnnouncedShare(File, 7)]),
            "user.shares-forgotten.v1", """{"shares":[{"file":"101112131415161718191a1b1c1d1e1f","number":7}]}"""),
        (new ContactsStored(3, [1]), "user.contacts-stored.v1", """{"version":3,"hash":"AQ=="}"""),
        (new SessionsEnded([Key]), "user.sessions-ended.v1", """{"keys":["0101010101010101010101010101010101010101010101010101010101010101"]}"""),
        (new SessionsUsed([new SessionUse(Key, Time)]),
            "user.sessions-used.v1", """{"uses":[{"key":"0101010101010101010101010101010101010101010101010101010101010101","at":"2030-01-02T03:04:05+00:00"}]}"""),
        (new PasswordReset(Keys, new SignedProfile([4], [5]), Time),
            "user.password-reset.v1",
            """{"keys":{"generation":2,"recordHash":"AQ==","ringHash":"Ag==","recoveryGeneration":3,"recoveryRingHash":"Aw=="},"profile":{"bytes":"BA==","signature":"BQ=="},"at":"2030-01-02T03:04:05+00:00"}"""),
        (new PasswordChanged(Keys, null, Key, Time),
            "user.password-changed.v1",
            """{"keys":{"generation":2,"recordHash":"AQ==","ringHash":"Ag==","recoveryGeneration":3,"recoveryRingHash":"Aw=="},"profile":null,"by":"0101010101010101010101010101010101010101010101010101010101010101","at":"2030-01-02T03:04:05+00:00"}"""),
        (new RecoveryKeyReplaced(Keys, Time),
            "user.recovery-key-replaced.v1", """{"keys":{"generation":2,"recordHash":"AQ==","ringHash":"Ag==","recoveryGeneration":3,"recoveryRingHash":"Aw=="},"at":"2030-01-02T03:04:05+00:00"}"""),
        (new KeyRingRestored(Keys, 1, Time),
            "user.key-ring-restored.v1", """{"keys":{"generation":2,"recordHash":"AQ==","ringHash":"Ag==","recoveryGeneration":3,"recoveryRingHash":"Aw=="},"restored":1,"at":"2030-01-02T03:04:05+00:00"}"""),
        (new AccountClosed(Time, Key),
            "user.closed.v1",
            """{"at":"2030-01-02T03:04:05+00:00","by":"0101010101010101010101010101010101010101010101010101010101010101"}"""),
        (new RegistrationsLapsed(Time), "user.registrations-lapsed.v1", """{"at":"2030-01-02T03:04:05+00:00"}"""),
        (new FileNamed(File, new NameTag(1, 2), [1]),
            "user.file-named.v1",
            """{"file":"101112131415161718191a1b1c1d1e1f","nameTag":"AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAI=","ownerMetadata":"AQ=="}"""),
    ];

    private static readonly VersionStored Stored = new(
        Owner, Upload, 1, 300, 65_552, [1], [2], [3], [4], new SignedManifest([5], [6], [7]), Time);

    private const string StoredText =
        """{"owner":"202122232425262728292a2b2c2d2e2f","upload":"000102030405060708090a0b0c0d0e0f","version":1,"payloadLength":300,"partSize":65552,"header":"AQ==","partHashes":"Ag==","ownerMetadata":"Aw==","metadata":"BA==","manifest":{"bytes":"BQ==","signature":"Bg==","mac":"Bw=="},"storedAt":"2030-01-02T03:04:05+00:00"}""";

    private static readonly StoredGrant Granted = new(Owner, 7, [1], Time, 100, 200, [2]);

    private const string GrantedText =
        """{"recipient":"202122232425262728292a2b2c2d2e2f","number":7,"recipientProfile":"AQ==","expiresAt":"2030-01-02T03:04:05+00:00","offset":100,"length":200,"hash":"Ag=="}""";

    private static readonly (FileEvent Event, string Name, string Json)[] FileEvents =
    [
        (Stored, "file.version-stored.v1", StoredText),
        (new SharedVersionStored(Stored, "ab", [Granted], [Owner], true),
            "file.shared-version-stored.v1",
            $$"""{"stored":{{StoredText}},"blob":"ab","grants":[{{GrantedText}}],"dropped":["202122232425262728292a2b2c2d2e2f"],"removesOlder":true}"""),
        (new VersionCopied(Stored, new CopiedContent(Upload, 150), "ab", [Granted], [Owner]),
            "file.version-copied.v1",
            $$"""{"stored":{{StoredText}},"content":{"upload":"000102030405060708090a0b0c0d0e0f","headerLength":150},"blob":"ab","grants":[{{GrantedText}}],"dropped":["202122232425262728292a2b2c2d2e2f"]}"""),
        (new SharesGranted(new CommandId(new Guid("303132333435363738393a3b3c3d3e3f")), 1, "ab", [Granted], Time),
            "file.shares-granted.v1",
            $$"""{"command":"303132333435363738393a3b3c3d3e3f","version":1,"blob":"ab","grants":[{{GrantedText}}],"at":"2030-01-02T03:04:05+00:00"}"""),
        (new SharesRevoked([Owner], Time),
            "file.shares-revoked.v1",
            """{"recipients":["202122232425262728292a2b2c2d2e2f"],"at":"2030-01-02T03:04:05+00:00"}"""),
        (new VersionNamed(1, [1], new SignedNaming([2], [3]), Time),
            "file.version-named.v1",
            """{"version":1,"ownerMetadata":"AQ==","naming":{"bytes":"Ag==","signature":"Aw=="},"at":"2030-01-02T03:04:05+00:00"}"""),
        (new OldVersionsDropped([Upload], Time),
            "file.old-versions-dropped.v1",
            """{"uploads":["000102030405060708090a0b0c0d0e0f"],"at":"2030-01-02T03:04:05+00:00"}"""),
        (new MetadataRevised(1, 2, [1], [2], new SignedRevision([3], [4]), Time),
            "file.metadata-revised.v1",
            """{"version":1,"revision":2,"ownerMetadata":"AQ==","metadata":"Ag==","signed":{"bytes":"Aw==","signature":"BA=="},"at":"2030-01-02T03:04:05+00:00"}"""),
        (new FileErased(Time), "file.erased.v1", """{"at":"2030-01-02T03:04:05+00:00"}"""),
    ];

    private static readonly CommandId Request = new(new Guid("303132333435363738393a3b3c3d3e3f"));

    private static readonly (RecoveryEvent Event, string Name, string Json)[] RecoveryEvents =
    [
        (new RecoveryRequested(Request, Time),
            "recovery.requested.v1", """{"request":"303132333435363738393a3b3c3d3e3f","at":"2030-01-02T03:04:05+00:00"}"""),
        (new CodeIssued(Request, [1], Time),
            "recovery.code-issued.v1",
            """{"request":"303132333435363738393a3b3c3d3e3f","hash":"AQ==","expiresAt":"2030-01-02T03:04:05+00:00"}"""),
        (new CodesTried(2), "recovery.codes-tried.v1", """{"count":2}"""),
        (new CodeAccepted(Request, [1], 2, Time),
            "recovery.code-accepted.v1",
            """{"request":"303132333435363738393a3b3c3d3e3f","channel":"AQ==","generation":2,"expiresAt":"2030-01-02T03:04:05+00:00"}"""),
        (new RecoveryCompleted(Time), "recovery.completed.v1", """{"at":"2030-01-02T03:04:05+00:00"}"""),
    ];

    [Fact]
    public void Write_EveryUserEvent_IsStoredAsItAlwaysWas() => AssertStored(UserAggregate.Definition.Events, UserEvents);

    [Fact]
    public void Write_EveryFileEvent_IsStoredAsItAlwaysWas() => AssertStored(FileState.Definition.Events, FileEvents);

    [Fact]
    public void Write_EveryRecoveryEvent_IsStoredAsItAlwaysWas() => AssertStored(RecoveryState.Definition.Events, RecoveryEvents);

    [Fact]
    public void RecoverySnapshot_WrittenAndRead_IsTheSameState()
    {
        var state = RecoveryEvents.Take(4).Append(RecoveryEvents[1])
            .Aggregate(RecoveryState.Empty, (s, e) => s.Apply(e.Event, default));
        var format = RecoveryState.Definition.Snapshots;
        var read = format.Read(format.Write(state));
        Assert.Equal(format.Write(state), format.Write(read));
        Assert.Equal((1, 1, 1), (read.Requests.Count, read.Codes.Count, read.Resets.Count));
    }

    [Fact]
    public void UserSnapshot_WrittenAndRead_IsTheSameState()
    {
        var state = UserEvents.Take(18).Where(e => e.Event is not (SendReleased or TotpDisabled or CopyReserved))
            .Aggregate(UserState.Empty, (s, e) => s.Apply(e.Event, default));
        var open = new SendsReserved([new Reservation(new(Guid.Empty), File, new(1, 2), 1, 40, 65_552, Time)], []);
        var copy = new Reservation(new(Guid.NewGuid()), new(Guid.NewGuid()), new(5, 6), 1, 40, 65_552, Time) { Content = Upload };
        var listed = new CommittedSend(copy.Upload, 1, [1], [2], Time);
        state = state.Apply(open, default).Apply(new CopyReserved(copy, []), default).Apply(new SendsCommitted([listed]), default)
            .Apply(new CopyReserved(copy with { Upload = new(Guid.NewGuid()) }, []), default)
            .Apply(new FileRemoved(new(Guid.Empty), []), default)
            .Apply(new FileShared(File), default).Apply(new ShareAnnounced(File, 7), default)
            .Apply(new ContactsStored(3, [1]), default)
            .Apply(new FileRenamed(File, new NameTag(3, 4), 1, 2, [1], [2], new SignedRevision([3], [4])), default)
            .Apply(new FileTrashed(File, Time, []), default)
            .Apply(new PasswordReset(Keys, new SignedProfile([4], [5]), Time), default);

        var format = UserAggregate.Definition.Snapshots;
        var written = format.Write(state);

        var read = format.Read(written);
        Assert.Equal(written, format.Write(read));
        Assert.Equal(state.UsedBytes, read.UsedBytes);
        Assert.Equal(1, read.Files.Copies[Upload]);
        Assert.True(read.Sends.Refers(Upload));
        Assert.Equal("user.state.v9", format.Name);

        var closed = format.Write(state.Apply(new AccountClosed(Time, Key), default));
        Assert.Equal(closed, format.Write(format.Read(closed)));
        Assert.Equal(new ClosedAccount("a+b@example.org", Time, Key), format.Read(closed).Closed);

        var asked = UserState.Empty.Apply(new RegistrationAsked(CommandId.New(), Registered, Time), default);
        var lapsed = format.Write(asked.Apply(new RegistrationsLapsed(Time), default));
        Assert.Equal(new ClosedAccount("a+b@example.org", Time, null), format.Read(lapsed).Closed);
    }

    [Fact]
    public void FileSnapshot_WrittenAndRead_IsTheSameState()
    {
        var state = FileState.Empty.Apply(FileEvents[0].Event, new StreamHead(1, default, 500));
        var format = FileState.Definition.Snapshots;
        var read = format.Read(format.Write(state));
        Assert.Equal(format.Write(state), format.Write(read));
        Assert.Equivalent(state.Find(1)!.ToReceipt(File), read.Find(1)!.ToReceipt(File)); // version 1 was stored

        var later = new SharesGranted(CommandId.New(), 1, "ab", [Granted with { ExpiresAt = null }], Time);
        state = state.Apply(later, new StreamHead(2, default, 900));
        read = format.Read(format.Write(state));
        Assert.Equal(format.Write(state), format.Write(read));
        Assert.NotNull(read.Shares.Find(Owner, Time));
        Assert.Equal(8, read.NextGrant!.NextNumber); // there is a version

        var erased = state.Apply(new FileErased(Time), default);
        Assert.Equal([Upload], format.Read(format.Write(erased)).Erased!); // erased above

        var copied = FileState.Empty.Apply(FileEvents[2].Event, new StreamHead(1, default, 500));
        Assert.Equal(new CopiedContent(Upload, 150), format.Read(format.Write(copied)).Find(1)!.Copied); // version 1 was stored
    }

    private static void AssertStored<TEvent>(
        EventCatalog<TEvent> catalog, (TEvent Event, string Name, string Json)[] expected)
        where TEvent : class
    {
        Assert.Equal(catalog.Names.Order(), expected.Select(e => e.Name).Order());
        foreach (var (value, name, json) in expected)
        {
            var written = catalog.Write(value, Time);
            Assert.Equal((name, json), (written.Type, Encoding.UTF8.GetString(written.Data.Span)));
            var read = catalog.Read(new StoredEvent(default, Time, name, written.Data));
            Assert.Equal(json, Encoding.UTF8.GetString(catalog.Write(read, Time).Data.Span));
        }
    }

    private static SessionKey ReadKey()
    {
        Assert.True(SessionKey.TryRead(Enumerable.Repeat((byte)1, 32).ToArray(), out var key));
        return key;
    }
}
