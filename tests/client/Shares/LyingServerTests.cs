using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Client.Keys;
using Vault.Client.Shares;
using Vault.Client.Tests.LyingServer;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests.Shares;

/// <summary>Whatever a server, or an owner, shows of a share: only what the right people signed is believed.</summary>
public sealed class LyingServerTests(StoryFixture story) : SharedStory(story)
{
    private readonly Liar _liar = new();

    [Theory]
    [InlineData("header of another file")]
    [InlineData("header byte")]
    [InlineData("grant of another file")]
    [InlineData("grant to another person")]
    [InlineData("grant signature")]
    [InlineData("manifest of an older version")]
    [InlineData("metadata of another file")]
    [InlineData("owner's profile by somebody else")]
    [InlineData("owner under another account")]
    [InlineData("no grant")]
    public async Task Receive_OfAForgedShare_IsRefused(string forgery)
    {
        var (first, _) = await SendAsync("a");
        var (other, _) = await SendAsync("b");
        await GrantAsync(first, BobEmail, EveEmail);
        await GrantAsync(other, BobEmail);
        await using var bob = await DeceivedAsync(BobEmail);
        var older = await ReplyAsync(bob, first);
        var (file, _) = await SendAsync("a"); // version 2, given to both again
        var eves = await ReplyAsync(Eve, file);
        var others = await ReplyAsync(bob, other);
        var received = (await ReceivedAsync(bob)).Single(share => share.Id == file.Id).File!; // listed honestly
        await FetchAsync(bob, received);

        Lie(Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, reply => forgery switch
        {
            "header of another file" => reply with { Header = others.Header },
            "header byte" => reply with { Header = Flipped(reply.Header) },
            "grant of another file" => reply with { Received = others.Received, Header = others.Header },
            "grant to another person" => reply with { Received = eves.Received, Header = eves.Header },
            "grant signature" => reply with
            {
                Received = reply.Received! with { Grant = reply.Received.Grant with { Signature = Flipped(reply.Received.Grant.Signature) } },
            },
            "manifest of an older version" => older with { Version = reply.Version, Received = reply.Received, Header = reply.Header },
            "metadata of another file" => reply with { Metadata = others.Metadata },
            "owner's profile by somebody else" => reply with { Received = reply.Received! with { OwnerProfile = Profile(Eve) } },
            "owner under another account" => reply with { Owner = Eve.Account },
            "no grant" => reply with { Received = null },
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        });

        var error = await Assert.ThrowsAsync<VaultException>(() => FetchAsync(bob, received));
        Assert.Contains(error.Code, new[] { VaultErrorCode.IntegrityFailed, VaultErrorCode.ContactChanged });
        Assert.Empty(Directory.EnumerateFiles(Vault.Folder, "*.vault-part"));
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("header")]
    [InlineData("owner")]
    [InlineData("version")]
    public async Task List_WithAForgedEntry_TellsThatOneAndShowsTheOthers(string forgery)
    {
        var (one, _) = await SendAsync("a");
        var (two, _) = await SendAsync("b");
        await GrantAsync(one, BobEmail);
        await GrantAsync(two, BobEmail);
        await using var bob = await DeceivedAsync(BobEmail);

        Lie(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage, page =>
        {
            var good = page.Shares.Single(share => share.File == two.Id);
            var bad = page.Shares.Single(share => share.File == one.Id);
            var forged = forgery switch
            {
                "metadata" => bad with { Metadata = good.Metadata },
                "header" => bad with { Header = good.Header },
                "owner" => bad with { Owner = Eve.Account },
                "version" => bad with { Version = 7 },
                _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
            };
            return page with { Shares = [.. page.Shares.Select(share => share == bad ? forged : share)] };
        });
        var list = await ReceivedAsync(bob);

        Assert.Equal(VaultErrorCode.IntegrityFailed, list.Single(file => file.Id == one.Id).Error?.Code);
        Assert.Equal("b", list.Single(file => file.Id == two.Id).File?.Name);
    }

    [Fact]
    public async Task List_ThatGoesBackToAReplacedGrant_IsRefused()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        await using var bob = await DeceivedAsync(BobEmail);
        ReceivedSharesPage? old = null;
        Lie(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage, page => old = page);
        await ReceivedAsync(bob);
        await GiveAsync(file, BobEmail, new GrantOptions { Replace = true });
        _liar.BeHonest();
        await ReceivedAsync(bob);

        Lie(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage, _ => old!); // read above

        Assert.Equal(VaultErrorCode.IntegrityFailed, Assert.Single(await ReceivedAsync(bob)).Error?.Code);
    }

    [Fact]
    public async Task Send_ToAServerThatReplaysARevokedShare_DoesNotRenewIt()
    {
        await using var ada = await DeceivedAsync(AdaEmail);
        var (file, _) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        FileSharesReply? old = null;
        Lie(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply => old = reply);
        await ada.ListSharesAsync(file, default);
        await Ada.RevokeAsync(file, BobEmail, default); // on another machine of hers
        Lie(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, _ => old!); // read above

        var source = Vault.Write("next", [1, 2, 3]);
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.SendAsync(source, file.Name, null, null, default));

        Assert.Empty(await ReceivedAsync(Bob));
        _liar.BeHonest();
        Assert.Equal(2, (await ada.SendAsync(source, file.Name, null, null, default)).Version);
        Assert.Empty(await ReceivedAsync(Bob));
    }

    [Theory]
    [InlineData("added")]
    [InlineData("renamed")]
    [InlineData("other keys")]
    public async Task Send_ToAServerThatForgesWhoHasTheFile_IsRefused(string forgery)
    {
        await using var ada = await DeceivedAsync(AdaEmail);
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        Lie(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply =>
        {
            var share = reply.Shares[0];
            return forgery switch
            {
                "added" => reply with { Shares = [share, share with { Recipient = Eve.Account, Profile = Profile(Eve) }] },
                "renamed" => reply with { Shares = [share with { Recipient = Eve.Account, Profile = Profile(Eve) }] },
                "other keys" => reply with { Shares = [share with { Profile = Profile(Eve) }] },
                _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
            };
        });

        var source = Vault.Write("next", [1, 2, 3]);
        if (forgery == "other keys")
        {
            // Somebody else's keys under Bob's account: Bob loses the file rather than that Eve gets it.
            var sent = await ada.SendAsync(source, file.Name, null, null, default);
            Assert.Equal(Bob.Account, Assert.Single(sent.Lost).Account);
        }
        else
        {
            await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.SendAsync(source, file.Name, null, null, default));
        }

        Assert.Empty(await ReceivedAsync(Eve));
    }

    // Which file has a name the server says, and whoever has that file gets its next version.
    [Theory]
    [InlineData(1_000)] // in one request
    [InlineData(3_000_000)] // in parts
    public async Task Send_ToAServerThatNamesAFileThatOthersHave_GivesThemNothing(int length)
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, EveEmail);
        var target = new SendTarget(file.Id, 2, (await ReplyAsync(Ada, file)).Manifest.Hash(), IsShared: true);
        await using var ada = await DeceivedAsync(AdaEmail);
        _liar.Alter(Routes.Sends, ProtocolJson.Default.SendTarget, _ => target);
        _liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply(
            [.. reply.Items.Select(item => item with { Receipt = null, Problem = new Problem(ErrorCode.Conflict, "", Target: target) })]));
        var commits = 0;
        _liar.OnSend("/commit", _ => commits++);

        var source = Vault.Write("secret", new byte[length]);
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.SendAsync(source, "secret.bin", null, null, default));

        Assert.Equal(0, commits);
        Assert.Equal(file.Name, (await OnlyReceivedAsync(Eve)).Name);
    }

    // On a machine that never saw the contacts the server can say that there are none: then the owner's own grant tells whose keys they were.
    [Fact]
    public async Task Send_ToAServerThatHidesTheContactsAndForgesARecipientsKeys_GivesThemNothing()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        using var forged = KeyRing.Generate();
        var profile = forged.CreateProfile(Parse(BobEmail), Vault.Server.ServerKey);
        var stored = 0;
        await using var ada = await DeceivedAsync(AdaEmail, Path.Combine(Vault.Folder, "another machine"));
        _liar.Answer(Routes.Contacts, request =>
        {
            stored += request.Method == HttpMethod.Put ? 1 : 0;
            return Replies.With(
                System.Net.HttpStatusCode.OK,
                JsonSerializer.SerializeToUtf8Bytes(new ContactsReply(stored, null), ProtocolJson.Default.ContactsReply), "application/json");
        });
        _liar.Alter(
            Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply,
            reply => reply with { Shares = [reply.Shares[0] with { Profile = profile }] });
        var sent = new List<string>();
        _liar.OnSend("/commit", body => sent.Add(Encoding.UTF8.GetString(body)));

        var next = await ada.SendAsync(Vault.Write("next", [1, 2, 3]), file.Name, null, null, default);

        var lost = Assert.Single(next.Lost);
        Assert.Equal((BobEmail, Bob.Account), (lost.Person, lost.Account));
        Assert.Contains("Grant", lost.Reason, StringComparison.Ordinal);
        Assert.Contains("\"grants\":[]", Assert.Single(sent), StringComparison.Ordinal);
        Assert.Equal(0, stored); // and nobody was pinned
        Assert.Empty(await ReceivedAsync(Bob));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_InALaterSessionWithContactsOfBefore_IsRefused(bool none)
    {
        var (file, _) = await SendAsync();
        await GrantAsync(file, BobEmail, EveEmail);
        ContactsReply? oldContacts = null;
        FileSharesReply? oldShares = null;
        await using (var before = await DeceivedAsync(AdaEmail))
        {
            _liar.Alter(Routes.Contacts, ProtocolJson.Default.ContactsReply, reply => reply.Sealed is null ? reply : oldContacts = reply);
            _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, reply => oldShares = reply);
            await before.ListSharesAsync(file, default);
            await before.RevokeAsync(file, BobEmail, default);
        }

        _liar.BeHonest();
        await using var ada = await DeceivedAsync(AdaEmail);
        _liar.Alter(Routes.Contacts, ProtocolJson.Default.ContactsReply, _ => none ? new ContactsReply(0, null) : oldContacts!); // read above
        _liar.Alter(Routes.FileShares(file.Id), ProtocolJson.Default.FileSharesReply, _ => oldShares!); // read above
        var source = Vault.Write("next", [1, 2, 3]);
        var error = await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.SendAsync(source, file.Name, null, null, default));

        Assert.Contains("older contacts", error.Message, StringComparison.Ordinal);
        _liar.BeHonest();
        Assert.Empty((await ada.SendAsync(source, file.Name, null, null, default)).Lost);
        Assert.Empty(await ReceivedAsync(Bob));
    }

    // Two machines seal the same next version, and the server keeps both boxes: from the one that was stored it must not go to the other.
    [Fact]
    public async Task Contacts_OfTheVersionThatWasSeenButOthers_AreRefused()
    {
        await (await Vault.CreateAsync("gus@example.org")).DisposeAsync();
        PutContactsRequest? other = null;
        await using (var elsewhere = await DeceivedAsync(AdaEmail, Path.Combine(Vault.Folder, "elsewhere")))
        {
            var version = 0;
            _liar.Alter(Routes.Contacts, ProtocolJson.Default.ContactsReply, reply =>
            {
                version = reply.Version;
                return reply;
            });
            await elsewhere.ListContactsAsync(default);
            _liar.BeHonest();
            _liar.Answer(Routes.Contacts, request =>
            {
                if (request.Content is null)
                {
                    return Replies.With(
                        System.Net.HttpStatusCode.OK,
                        JsonSerializer.SerializeToUtf8Bytes(new ContactsReply(version, null), ProtocolJson.Default.ContactsReply), "application/json");
                }

                other = JsonSerializer.Deserialize(request.Content.ReadAsStream(), ProtocolJson.Default.PutContactsRequest);
                return Replies.Problem(ErrorCode.NotPermitted);
            });
            await RefusedAsync(VaultErrorCode.NotPermitted, () => elsewhere.FindContactAsync("gus@example.org", default));
            _liar.BeHonest();
        }

        await Ada.FindContactAsync("gus@example.org", default);

        await using var ada = await DeceivedAsync(AdaEmail);
        ContactsReply? stored = null;
        _liar.Alter(Routes.Contacts, ProtocolJson.Default.ContactsReply, reply =>
        {
            stored = reply;
            return reply with { Sealed = other!.Sealed }; // sent above
        });
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.ListContactsAsync(default));
        Assert.Equal(other!.Version, stored!.Version); // both were read
        _liar.BeHonest();
        await ada.ListContactsAsync(default);
    }

    [Fact]
    public async Task Grant_ToKeysThatTheServerPutInThePlaceOfThePersons_IsRefused()
    {
        var (file, _) = await SendAsync();
        await using var ada = await DeceivedAsync(AdaEmail);
        await ada.FindContactAsync(BobEmail, default);
        using var ring = KeyRing.Generate();
        var forged = ring.CreateProfile(Parse(BobEmail), Vault.Server.ServerKey);
        Lie(Routes.FindProfile, ProtocolJson.Default.ProfileReply, reply => reply with { Profile = forged });

        var error = Assert.Single(await ada.GrantAsync(file, [BobEmail], null, default)).Error;

        Assert.Equal(VaultErrorCode.ContactChanged, error?.Code);
        Assert.Empty(await Ada.ListSharesAsync(file, default));
        await RefusedAsync(VaultErrorCode.ContactNotVerified, () => ada.ConfirmContactAsync(BobEmail, new string('1', 60), default));
    }

    [Fact]
    public async Task Connect_ToAServerThatShowsOthersAnotherProfile_IsRefused()
    {
        using var ring = KeyRing.Generate();
        var forged = ring.CreateProfile(Parse(AdaEmail), Vault.Server.ServerKey);
        Lie(Routes.FindProfile, ProtocolJson.Default.ProfileReply, reply => reply with { Profile = forged });

        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => DeceivedAsync(AdaEmail));
    }

    [Fact]
    public async Task Contacts_RolledBackByTheServer_AreRefused()
    {
        await (await Vault.CreateAsync("dora@example.org")).DisposeAsync();
        await (await Vault.CreateAsync("emil@example.org")).DisposeAsync();
        await using var ada = await DeceivedAsync(AdaEmail);
        await ada.FindContactAsync("dora@example.org", default);
        ContactsReply? old = null;
        Lie(Routes.Contacts, ProtocolJson.Default.ContactsReply, reply => reply.Sealed is null ? reply : old = reply);
        await ada.ListContactsAsync(default);
        _liar.BeHonest();
        await ada.FindContactAsync("emil@example.org", default);

        Lie(Routes.Contacts, ProtocolJson.Default.ContactsReply, _ => old!); // read above
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.ListContactsAsync(default));
        Lie(Routes.Contacts, ProtocolJson.Default.ContactsReply, reply => reply with { Version = reply.Version + 1 });
        await RefusedAsync(VaultErrorCode.IntegrityFailed, () => ada.ListContactsAsync(default));
    }

    // age's payload key is not bound to one header: an owner can make one payload that two file keys open differently, or, simpler, give
    // somebody a header that opens to another key than the manifest commits to. What the recipient sees must be what the owner signed.
    [Fact]
    public async Task Receive_UnderAHeaderWithAnotherFileKey_IsRefusedByTheCommitment()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        var bobs = await ReplyAsync(Bob, file);
        var received = await OnlyReceivedAsync(Bob);
        using var other = SecretBytes.Random(AgeHeader.FileKeyLength);
        var me = Ada.Me;
        var person = await me.Contacts.FindAsync(Parse(BobEmail), default);

        // The malicious owner's own signature over a header that opens to the other key.
        var evil = Grants.Sign(
            me.Ring, Grants.For(me.Account, file.Id, 1, bobs.Manifest.Hash(), null, 2), other, person);
        await using var bob = await DeceivedAsync(BobEmail);
        Lie(Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, reply => reply with
        {
            Header = evil.Header,
            Received = reply.Received! with { Grant = evil.Grant },
        });

        var error = await RefusedAsync(VaultErrorCode.IntegrityFailed, () => FetchAsync(bob, received));
        Assert.Contains("another key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receive_OfAGrantForKeysOfBefore_SaysToGrantAgain()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        var received = await OnlyReceivedAsync(Bob);
        var bobs = await ReplyAsync(Bob, file);
        var me = Ada.Me;
        var person = await me.Contacts.FindAsync(Parse(BobEmail), default);
        var before = SignedProfile.Sign(person.Profile with { Version = 2, PreviousProfile = new byte[32] }, me.Ring.SigningSeed.Span);
        using var key = SecretBytes.Random(AgeHeader.FileKeyLength);
        var outdated = Grants.Sign(
            me.Ring, Grants.For(me.Account, file.Id, 1, bobs.Manifest.Hash(), null, 2), key, person with { Signed = before });
        var grant = SignedGrant.Sign(
            ProtocolJson.TryRead(outdated.Grant.Bytes, ProtocolJson.Default.Grant)! with { RecipientProfile = before.Hash() }, // ours
            me.Ring.SigningSeed.Span);
        await using var bob = await DeceivedAsync(BobEmail);
        Lie(Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, reply => reply with
        {
            Header = outdated.Header,
            Received = reply.Received! with { Grant = grant },
        });

        await RefusedAsync(VaultErrorCode.ShareOutdated, () => FetchAsync(bob, received));
    }

    [Fact]
    public async Task Receive_RevokedMeanwhile_StopsAndLeavesNothing()
    {
        var (file, _) = await SendAsync(length: 40_000_000);
        await GiveAsync(file, BobEmail);
        await using var bob = await DeceivedAsync(BobEmail);
        var received = (await ReceivedAsync(bob)).Single().File!; // an honest server's
        var parts = 0;
        _liar.Meanwhile(
            Routes.FilePayload(file.Id, file.Version),
            () => Interlocked.Increment(ref parts) == 3 ? Ada.RevokeAsync(file, BobEmail, default) : Task.CompletedTask);
        var target = Path.Combine(Vault.Folder, "revoked", "target");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!); // a file in a folder

        await RefusedAsync(VaultErrorCode.NotFound, () => bob.ReceiveAsync(received, target, null, null, default));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(target)!));
    }

    [Fact]
    public async Task Contact_WithKeysThatTheOldOnesSigned_MovesOn()
    {
        await using var fred = await Vault.CreateAsync("fred@example.org");
        await using var ada = await DeceivedAsync(AdaEmail);
        var first = await ada.FindContactAsync("fred@example.org", default);
        await ada.ConfirmContactAsync("fred@example.org", first.Fingerprint, default);
        using var next = KeyRing.Generate();
        var published = Profile(fred);
        var profile = new Profile(
            2, "fred@example.org", next.Recipient.ToString(), next.SigningKey.ToArray(), fred.ServerKey.ToString(), published.Hash());
        var unsigned = SignedProfile.Sign(profile, next.SigningSeed.Span);
        var signed = SignedProfile.SignNext(profile, next.SigningSeed.Span, fred.Me.Ring.SigningSeed.Span);

        Lie(Routes.FindProfile, ProtocolJson.Default.ProfileReply, reply => reply with { Profile = unsigned });
        await RefusedAsync(VaultErrorCode.ContactChanged, () => ada.FindContactAsync("fred@example.org", default));
        Lie(Routes.FindProfile, ProtocolJson.Default.ProfileReply, reply => reply with { Profile = signed });
        var moved = await ada.FindContactAsync("fred@example.org", default);

        Assert.Equal((2, true), (moved.ProfileVersion, moved.Verified));
        Assert.NotEqual(first.Fingerprint, moved.Fingerprint);
        _liar.BeHonest(); // and the keys of before are none of a friend's any more
        await RefusedAsync(VaultErrorCode.ContactChanged, () => ada.FindContactAsync("fred@example.org", default));
        await ada.ConfirmContactAsync("fred@example.org", first.Fingerprint, default);
        Assert.Equal(first.Fingerprint, (await ada.FindContactAsync("fred@example.org", default)).Fingerprint);
    }

    // In the place of the lie before.
    private void Lie<T>(string route, JsonTypeInfo<T> type, Func<T, T> lie)
        where T : class
    {
        _liar.BeHonest();
        _liar.Alter(route, type, lie);
    }

    private static byte[] Flipped(byte[] bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^3] ^= 1;
        return flipped;
    }

    private static EmailAddress Parse(string email) =>
        EmailAddress.TryParse(email, out var address) ? address : throw new ArgumentException(email);

    private static SignedProfile Profile(VaultSession session)
    {
        var me = session.Me;
        return me.Ring.CreateProfile(Parse(session.Email), session.ServerKey);
    }

    private static Task<FileVersionReply> ReplyAsync(VaultSession session, VaultFile file) => session.Me.Connection.GetAsync(
        Routes.FileVersion(file.Id, file.Version), ProtocolJson.Default.FileVersionReply, default);

    private async Task<VaultSession> DeceivedAsync(string email, string? stateFolder = null)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = Vault.Options with { Intercept = _liar.Intercept, StateFolder = stateFolder ?? Vault.Options.StateFolder };
        return await VaultSession.ConnectAsync(Vault.Address, email, password, options, default);
    }
}
