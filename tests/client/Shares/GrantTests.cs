using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Tests.Shares;

/// <summary>Giving a file, having it, taking it back.</summary>
public class GrantTests(StoryFixture story) : SharedStory(story)
{
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(9_000_000)]
    public async Task Grant_OfAFile_LetsTheRecipientListAndReceiveIt(int length)
    {
        var (file, content) = await SendAsync("reports/2026/plans.bin", length);

        var share = await GiveAsync(file, " Bob@Example.org ");

        Assert.Equal((file.Id, "reports/2026/plans.bin", BobEmail, Bob.Account), (share.File, share.Name, share.Person, share.Account));
        Assert.Equal((false, 1L), (share.Verified, share.Number));
        var received = await OnlyReceivedAsync(Bob);
        Assert.Equal((file.Id, file.Name, file.Length, file.Sha256), (received.Id, received.Name, received.Length, received.Sha256));
        Assert.Equal(new VaultFileOwner(Ada.Account, AdaEmail), received.Owner);
        Assert.Equal(content, await FetchAsync(Bob, received));
        Assert.Empty(await ReceivedAsync(Eve));
    }

    [Fact]
    public async Task Grant_ToSomebodyNew_SaysSoOnce()
    {
        await using var carl = await Vault.CreateAsync("carl@example.org");
        var (one, _) = await SendAsync("one");
        var (two, _) = await SendAsync("two");

        Assert.True((await GiveAsync(one, "carl@example.org")).IsFirstContact);
        Assert.False((await GiveAsync(two, "carl@example.org")).IsFirstContact);

        var contact = (await Ada.ListContactsAsync(default)).Single(known => known.Email == "carl@example.org");
        var mirrored = await carl.FindContactAsync(AdaEmail, default);
        Assert.Equal((contact.Fingerprint, false), (mirrored.Fingerprint, mirrored.Verified));
        Assert.Matches("^([0-9]{5} ){11}[0-9]{5}$", contact.Fingerprint);
        Assert.True((await Ada.ConfirmContactAsync("carl@example.org", mirrored.Fingerprint, default)).Verified);
        await using var elsewhere = await Vault.ConnectAsync(AdaEmail);
        Assert.True((await elsewhere.FindContactAsync("carl@example.org", default)).Verified);
    }

    [Fact]
    public async Task Contacts_OfTwoMachinesAtOnce_LoseNobody()
    {
        string[] people = ["p1@example.org", "p2@example.org", "p3@example.org", "p4@example.org"];
        foreach (var person in people)
        {
            await (await Vault.CreateAsync(person)).DisposeAsync();
        }

        await using var elsewhere = await Vault.ConnectAsync(AdaEmail);
        await Task.WhenAll(people.Select((person, index) => (index % 2 == 0 ? Ada : elsewhere).FindContactAsync(person, default)));

        var known = (await Ada.ListContactsAsync(default)).Select(contact => contact.Email).ToHashSet();
        Assert.Subset(known, people.ToHashSet());
    }

    [Fact]
    public async Task Grant_OfAPasswordFile_NeedsThePasswordOnlyFromItsOwner()
    {
        using var password = new SecretBytes("open sesame please"u8);
        using var wrong = new SecretBytes("open barley please"u8);
        var (file, content) = await SendAsync(options: new SendOptions { Password = password, WorkFactor = 15 });

        await RefusedAsync(VaultErrorCode.WrongFilePassword, () => GiveAsync(file, BobEmail));
        await RefusedAsync(VaultErrorCode.WrongFilePassword, () => GiveAsync(file, BobEmail, new GrantOptions { Password = wrong }));
        await GiveAsync(file, BobEmail, new GrantOptions { Password = password });

        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
    }

    [Fact]
    public async Task Grant_ToSeveral_TellsEachApart()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, EveEmail);

        var results = await GrantAsync(file, BobEmail, "nobody@example.org", AdaEmail, EveEmail, "no address", "BOB@example.org");

        Assert.Equal(
            [null, VaultErrorCode.NotFound, VaultErrorCode.InvalidRequest, VaultErrorCode.Conflict, VaultErrorCode.InvalidRequest],
            results.Select(result => result.Error?.Code));
        Assert.Equal([BobEmail, EveEmail], (await Ada.ListSharesAsync(file, default)).Select(share => share.Person).Order());
    }

    // Which version is the newest the server says: what has another name than the file that was chosen is not what was meant.
    [Fact]
    public async Task Grant_NewestVersionHasAnotherName_IsRefused()
    {
        var (file, _) = await SendAsync();
        var renamed = await Ada.RenameAsync(file, "secret.bin", null, default);
        var (next, content) = await SendAsync("secret.bin");

        var error = await RefusedAsync(VaultErrorCode.Conflict, () => GrantAsync(file, BobEmail));

        Assert.Contains("secret.bin", error.Message, StringComparison.Ordinal);
        Assert.Empty(await ReceivedAsync(Bob));
        await GiveAsync(renamed, BobEmail); // an older version under the same name
        Assert.Equal(2, next.Version);
        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
    }

    [Fact]
    public async Task Grant_OfSomebodyElsesFile_IsRefused()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        var received = await OnlyReceivedAsync(Bob);

        await RefusedAsync(VaultErrorCode.NotPermitted, () => Bob.GrantAsync(received, [EveEmail], null, default));
        await RefusedAsync(VaultErrorCode.NotFound, () => Bob.GrantAsync(received with { Owner = null }, [EveEmail], null, default));
        await RefusedAsync(VaultErrorCode.NotFound, () => Eve.GrantAsync(file, [BobEmail], null, default));
    }

    [Fact]
    public async Task Grant_ThatEnds_EndsByItselfAndCanBeProlonged()
    {
        var (file, _) = await SendAsync();
        await RefusedAsync(
            VaultErrorCode.InvalidRequest, () => GiveAsync(file, BobEmail, new GrantOptions { ExpiresAt = DateTimeOffset.UtcNow }));

        var end = DateTimeOffset.UtcNow.AddSeconds(3);
        await GiveAsync(file, BobEmail, new GrantOptions { ExpiresAt = end });
        var received = await OnlyReceivedAsync(Bob);
        Assert.Equal(end, Assert.Single(await ReceivedAsync(Bob)).Share!.ExpiresAt);
        await Task.Delay(end - DateTimeOffset.UtcNow + TimeSpan.FromSeconds(0.5));

        await RefusedAsync(VaultErrorCode.NotFound, () => FetchAsync(Bob, received));
        Assert.Empty(await ReceivedAsync(Bob));
        Assert.Empty(await Ada.ListSharesAsync(file, default));

        await GiveAsync(file, BobEmail, new GrantOptions { ExpiresAt = DateTimeOffset.UtcNow.AddHours(1) });
        await RefusedAsync(VaultErrorCode.Conflict, () => GiveAsync(file, BobEmail));
        await GiveAsync(file, BobEmail, new GrantOptions { Replace = true });
        Assert.Null(Assert.Single(await Ada.ListSharesAsync(file, default)).ExpiresAt);
    }

    [Fact]
    public async Task Revoke_TakesTheFileAtTheNextRequest()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        await GiveAsync(file, EveEmail);
        var received = await OnlyReceivedAsync(Bob);

        await Ada.RevokeAsync(file, BobEmail, default);

        await RefusedAsync(VaultErrorCode.NotFound, () => FetchAsync(Bob, received));
        Assert.Empty(await ReceivedAsync(Bob));
        await FetchAsync(Eve, await OnlyReceivedAsync(Eve));
        await RefusedAsync(VaultErrorCode.NotFound, () => Ada.RevokeAsync(file, BobEmail, default));

        Assert.Equal(3, (await GiveAsync(file, BobEmail)).Number);
        await FetchAsync(Bob, await OnlyReceivedAsync(Bob));
    }

    [Fact]
    public async Task Send_OfASharedName_GivesTheNewVersionToAllWhoHadTheOld()
    {
        var (file, _) = await SendAsync();
        var end = DateTimeOffset.UtcNow.AddHours(1);
        await GiveAsync(file, BobEmail, new GrantOptions { ExpiresAt = end });
        await GiveAsync(file, EveEmail);
        await Ada.RevokeAsync(file, EveEmail, default);

        var (small, smallContent) = await SendAsync();
        Assert.Equal((2, 0), (small.Version, small.Lost.Count));
        Assert.Equal(smallContent, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
        var (large, largeContent) = await SendAsync(length: 5_000_000);
        Assert.Equal((3, 0), (large.Version, large.Lost.Count));
        Assert.Equal(largeContent, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));

        Assert.Equal(end, Assert.Single(await Ada.ListSharesAsync(large, default)).ExpiresAt);
        Assert.Empty(await ReceivedAsync(Eve));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rekey_KeepsTheOthersAndDeletesTheOldPayloads(bool withPassword)
    {
        using var password = new SecretBytes("open sesame please"u8);
        var options = withPassword ? new SendOptions { Password = password, WorkFactor = 15 } : null;
        var (first, _) = await SendAsync(length: 4_500_000, options: options);
        var (file, content) = await SendAsync(length: 4_500_001, options: options);
        await GiveAsync(file, BobEmail, new GrantOptions { Password = password });
        await GiveAsync(file, EveEmail, new GrantOptions { Password = password });
        var used = (await Ada.GetStatusAsync(default)).UsedBytes;

        var rekeyed = await Ada.RevokeAndRekeyAsync(first, BobEmail, withPassword ? password : null, null, default);

        Assert.Equal((3, file.Name, file.Sha256, file.Protection), (rekeyed.Version, rekeyed.Name, rekeyed.Sha256, rekeyed.Protection));
        var header = (await Ada.Me.Connection.GetAsync(
            Routes.FileVersion(file.Id, 3), ProtocolJson.Default.FileVersionReply, default)).Header;
        Assert.Equal(withPassword ? 15 : null, AgeHeader.WorkFactorOf(header));
        Assert.Empty(await ReceivedAsync(Bob));
        Assert.Equal(content, await FetchAsync(Eve, await OnlyReceivedAsync(Eve)));
        var target = Path.Combine(Vault.Folder, $"own-{withPassword}");
        await Ada.ReceiveAsync(rekeyed, target, new ReceiveOptions { Password = withPassword ? password : null }, null, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(target));
        await RefusedAsync(VaultErrorCode.NotFound, () => Ada.GetVersionAsync(file.Id, 2, default));
        Assert.True((await Ada.GetStatusAsync(default)).UsedBytes < used - 4_000_000); // two payloads went, one came
        await GiveAsync(rekeyed, BobEmail, new GrantOptions { Password = password });
        Assert.Equal(content, await FetchAsync(Bob, await OnlyReceivedAsync(Bob)));
    }

    [Fact]
    public async Task ListGiven_ShowsEveryFileThatSomebodyHas()
    {
        var (one, _) = await SendAsync("one");
        var (two, _) = await SendAsync("two");
        await SendAsync("three");
        await GrantAsync(one, BobEmail, EveEmail);
        await GrantAsync(two, BobEmail);

        var given = await Ada.ListGivenAsync(default);

        Assert.Equal(
            [("one", BobEmail), ("one", EveEmail), ("two", BobEmail)],
            given.Select(share => (share.Name!, share.Person)).Order()); // each has a name
        Assert.All(given, share => Assert.True(share.IsReadable));
    }

    [Fact]
    public async Task Remove_OfASharedFile_TakesItFromAll()
    {
        var (file, _) = await SendAsync();
        await GiveAsync(file, BobEmail);
        var received = await OnlyReceivedAsync(Bob);

        await Ada.RemoveAsync(file, default);

        Assert.Empty(await ReceivedAsync(Bob));
        await RefusedAsync(VaultErrorCode.NotFound, () => FetchAsync(Bob, received));
    }
}
