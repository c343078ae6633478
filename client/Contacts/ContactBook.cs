using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vault.Client.History;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Contacts;

/// <summary>The people this account knows: pins that lie sealed in the account, so that they follow the person to another machine.</summary>
/// <remarks>Trust on first use; from then on only a profile that the pinned keys signed, or that the person confirms, takes their place.</remarks>
/// <param name="seen">What this machine has seen, in earlier sessions too: the server must not go back behind it.</param>
internal sealed class ContactBook(VaultConnection connection, KeyRing ring, AccountId account, SignedProfile own, SeenHeads seen)
    : IDisposable
{
    private const int Attempts = 10;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("Vault/1 contacts");

    private readonly SemaphoreSlim _turn = new(1);
    private ContactList _list = ContactList.Empty;
    private int _version = -1; // not read yet

    /// <summary>SHA-256 of the own profile.</summary>
    public byte[] OwnProfile { get; } = own.Hash();

    /// <summary>All pins, as the account has them now.</summary>
    public async Task<IReadOnlyList<ContactPin>> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await LoadAsync(cancellationToken).ConfigureAwait(false);
            return _list.Pins;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Remembers that shares were taken back, before the server is told.</summary>
    public Task RevokeAsync(IReadOnlyList<RevokedGrant> revoked, CancellationToken cancellationToken) => ChangeAsync(
        list => revoked.Count == 0 ? null : list with { Revoked = Joined(list.Revoked, revoked) },
        cancellationToken);

    /// <summary>Whether a file was taken back from somebody.</summary>
    /// <param name="person">An address, or an account id.</param>
    public async Task<bool> HasLostAsync(FileId file, string person, CancellationToken cancellationToken)
    {
        var pins = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return _list.Revoked.Where(old => old.File == file).Any(old =>
            old.Recipient.ToString() == person || pins.Any(pin => pin.Account == old.Recipient && pin.Email == person));
    }

    /// <summary>Whether the person took this share back.</summary>
    public async Task<Func<Grant, bool>> RevokedAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken).ConfigureAwait(false);
        var revoked = _list.Revoked.ToDictionary(known => (known.File, known.Recipient), known => known.Number);
        return grant => revoked.TryGetValue((grant.File, grant.Recipient), out var number) && grant.Number <= number;
    }

    /// <summary>The contact as a person sees it.</summary>
    public VaultContact Show(ContactPin pin) => new(
        pin.Email, pin.Account, FingerprintOf(pin.Profile), pin.VerifiedAt is not null, pin.Version, pin.FirstSeen, pin.VerifiedAt);

    public string FingerprintOf(byte[] profile) => Fingerprint.Of(OwnProfile, profile);

    /// <summary>Looks up whom an address belongs to. What the server answers is checked, but not yet whether it is the person known.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>, <see cref="VaultErrorCode.TooManyRequests"/>.</exception>
    public async Task<PublishedProfile> FindAsync(EmailAddress email, CancellationToken cancellationToken)
    {
        ProfileReply reply;
        try
        {
            reply = await connection.PostAsync(
                Routes.FindProfile, new FindProfileRequest(email.Value), ProtocolJson.Default.FindProfileRequest,
                ProtocolJson.Default.ProfileReply, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.NotFound)
        {
            throw new VaultException(
                VaultErrorCode.NotFound, $"Nobody at this server has the address {email.Value}.", "Check its spelling; the person needs an account here.", error);
        }

        var found = PublishedProfile.Check(reply.Account, reply.Profile, connection.ServerKey);
        return found.Profile.Email == email.Value
            ? found
            : throw VaultException.Forged($"The server answered with somebody else's profile than that of {email.Value}.");
    }

    /// <summary>Compares people with their pins, and pins those met for the first time or whose change the old keys signed.</summary>
    /// <param name="people">As published now.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <param name="isExpected">Who may be met for the first time; null for everybody. Whoever may not is not pinned.</param>
    /// <returns>For each, the pin and whether this was the first contact; or the error <see cref="VaultErrorCode.ContactChanged"/>.</returns>
    public async Task<IReadOnlyList<Meeting>> MeetAsync(
        IReadOnlyList<PublishedProfile> people, CancellationToken cancellationToken, Func<PublishedProfile, bool>? isExpected = null)
    {
        if (people.Count == 0)
        {
            return [];
        }

        IReadOnlyList<Meeting> meetings = [];
        await ChangePinsAsync(
            pins =>
            {
                meetings = [.. people.Select(person => Meet(pins, person, isExpected))];
                return meetings.Any(meeting => meeting.IsNew);
            },
            cancellationToken).ConfigureAwait(false);
        return meetings;
    }

    /// <summary>One person, as <see cref="MeetAsync(IReadOnlyList{PublishedProfile}, CancellationToken, Func{PublishedProfile, bool}?)"/>.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.ContactChanged"/>.</exception>
    public async Task<Meeting> MeetAsync(PublishedProfile person, CancellationToken cancellationToken)
    {
        var meetings = await MeetAsync([person], cancellationToken).ConfigureAwait(false);
        return meetings[0].Error is { } error ? throw error : meetings[0];
    }

    /// <summary>Pins the keys that a person has now, as verified: the fingerprint was compared outside of this channel.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.ContactNotVerified"/>: another fingerprint.</exception>
    public async Task<VaultContact> ConfirmAsync(PublishedProfile person, string typed, CancellationToken cancellationToken)
    {
        if (!Fingerprint.Matches(FingerprintOf(person.Hash), typed))
        {
            throw new VaultException(
                VaultErrorCode.ContactNotVerified,
                $"That is not the fingerprint of {person.Profile.Email} and you.",
                "Compare all 60 digits with the person again. If they differ, somebody may be between you: do not share with this address.");
        }

        ContactPin? confirmed = null;
        await ChangePinsAsync(
            pins =>
            {
                var known = pins.GetValueOrDefault(person.Account);
                confirmed = PinOf(person, known?.FirstSeen ?? DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, known);
                foreach (var old in pins.Values.Where(pin => pin.Email == person.Profile.Email).ToArray())
                {
                    pins.Remove(old.Account); // an account that had this address before
                }

                pins[person.Account] = confirmed;
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return Show(confirmed!); // set by the change, which ran
    }

    /// <summary>Adds contacts that were sealed under keys which are back; those of now stay as they are.</summary>
    public Task MergeAsync(byte[] box, int version, SecretBytes contactsKey, CancellationToken cancellationToken)
    {
        var found = Open(box, version, contactsKey);
        return ChangeAsync(
            list => list with
            {
                Pins = [.. list.Pins.Concat(found.Pins.Where(pin => list.Pins.All(known => known.Account != pin.Account)))
                    .OrderBy(pin => pin.Email, StringComparer.Ordinal)],
                Revoked = Joined(found.Revoked, list.Revoked),
            },
            cancellationToken);
    }

    public void Dispose() => _turn.Dispose();

    private Meeting Meet(Dictionary<AccountId, ContactPin> pins, PublishedProfile person, Func<PublishedProfile, bool>? isExpected)
    {
        var known = pins.GetValueOrDefault(person.Account) ?? pins.Values.FirstOrDefault(pin => pin.Email == person.Profile.Email);
        if (known is null)
        {
            var first = PinOf(person, DateTimeOffset.UtcNow, null);
            if (isExpected?.Invoke(person) == false)
            {
                return new Meeting(person, first, IsNew: false, IsFirst: true, new VaultException(
                    VaultErrorCode.ContactChanged,
                    $"The keys of {person.Profile.Email} are not the ones that the file was given to, and nobody you know signed them. "
                    + "Grant it again."));
            }

            pins[person.Account] = first;
            return new Meeting(person, first, IsNew: true, IsFirst: true, null);
        }

        if (known.Account == person.Account && known.Profile.AsSpan().SequenceEqual(person.Hash))
        {
            return new Meeting(person, known, IsNew: false, IsFirst: false, null);
        }

        if (known.Account == person.Account && person.Follows(known))
        {
            // The old keys vouch for the new, so a confirmation of the old ones carries over.
            var next = PinOf(person, known.FirstSeen, known.VerifiedAt, known);
            pins[person.Account] = next;
            return new Meeting(person, next, IsNew: true, IsFirst: false, null);
        }

        return new Meeting(person, known, IsNew: false, IsFirst: false, new VaultException(
            VaultErrorCode.ContactChanged,
            $"The keys of {person.Profile.Email} are not the ones you know, and the old ones did not sign the new.",
            $"Ask the person whether the keys were reset, compare the fingerprint {FingerprintOf(person.Hash)}, then run Confirm-VaultContact."));
    }

    // What the person signed before the keys changed is still theirs, so the keys of then are remembered.
    private static ContactPin PinOf(
        PublishedProfile person, DateTimeOffset firstSeen, DateTimeOffset? verifiedAt, ContactPin? known = null) => new(
        person.Account, person.Profile.Email, person.Profile.Version, person.Hash, person.Profile.SigningKey, firstSeen, verifiedAt,
        known?.SigningKeys.Where(key => !key.AsSpan().SequenceEqual(person.Profile.SigningKey)).TakeLast(ContactPin.MaxFormer).ToList()
            is { Count: > 0 } former ? former : null);

    // The highest number stays: a server that shows an older grant again must not have a newer one forgotten.
    private static IReadOnlyList<RevokedGrant> Joined(IReadOnlyList<RevokedGrant> before, IReadOnlyList<RevokedGrant> later)
    {
        var known = before.ToDictionary(grant => (grant.File, grant.Recipient));
        var highest = later.Select(grant => known.Remove((grant.File, grant.Recipient), out var old) && old.Number > grant.Number ? old : grant).ToList();
        return [.. before.Where(grant => known.ContainsKey((grant.File, grant.Recipient))).Concat(highest).TakeLast(ContactList.MaxRevoked)];
    }

    private Task ChangePinsAsync(Func<Dictionary<AccountId, ContactPin>, bool> change, CancellationToken cancellationToken) => ChangeAsync(
        list =>
        {
            var pins = list.Pins.ToDictionary(pin => pin.Account);
            return change(pins) ? list with { Pins = [.. pins.Values.OrderBy(pin => pin.Email, StringComparer.Ordinal)] } : null;
        },
        cancellationToken);

    // Another machine may store between our read and our write: then the change is made anew to what that one stored.
    private async Task ChangeAsync(Func<ContactList, ContactList?> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                await LoadAsync(cancellationToken).ConfigureAwait(false);
                if (change(_list) is not { } changed)
                {
                    return;
                }

                if (!ring.IsWhole)
                {
                    _list = changed; // who can only read remembers people for this session
                    return;
                }

                try
                {
                    await StoreAsync(changed, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (VaultException error) when (error.Code == VaultErrorCode.Conflict && attempt < Attempts)
                {
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        // Looked up before the server is asked: another process may store newer ones meanwhile.
        var before = seen.Of(SeenAs());
        var least = _version >= 0 ? _version : seen.NewestOf(SeenAs());
        var path = _version > 0 ? $"{Routes.Contacts}?{Routes.KnownQuery}={_version}" : Routes.Contacts;
        var reply = await connection.GetAsync(path, ProtocolJson.Default.ContactsReply, cancellationToken).ConfigureAwait(false);
        var isNew = reply.Version > Math.Max(_version, 0);
        if (reply.Version < least || (isNew && reply.Sealed is null))
        {
            throw VaultException.Forged("The server answered with older contacts than it had before.");
        }

        if (reply.Version == _version)
        {
            return;
        }

        if (reply.Sealed is { } box)
        {
            if (before.Any(head => head.Version == reply.Version && head.Hash != HashOf(box)))
            {
                // Such as another machine of this person sealed, which it then refused to store.
                throw VaultException.Forged("The server answered with other contacts than it had before.");
            }

            Take(Open(box, reply.Version, ring.ContactsKey), reply.Version, box);
        }
        else
        {
            (_list, _version) = (ContactList.Empty, reply.Version); // none were ever stored
        }
    }

    private async Task StoreAsync(ContactList list, CancellationToken cancellationToken)
    {
        var version = _version + 1;
        var json = JsonSerializer.SerializeToUtf8Bytes(list, ContactJson.Default.ContactList);
        var box = XChaCha20Poly1305.Seal(json, AssociatedData(version), ring.ContactsKey.Span);
        await connection.PutAsync(
            Routes.Contacts, new PutContactsRequest(version, box), ProtocolJson.Default.PutContactsRequest,
            ProtocolJson.Default.ContactsReply, cancellationToken).ConfigureAwait(false);
        Take(list, version, box);
    }

    private void Take(ContactList list, int version, byte[] box)
    {
        (_list, _version) = (list, version);
        seen.RememberNewest(new SeenHead(SeenAs(), version, HashOf(box), IsChecked: false));
    }

    private static string HashOf(byte[] box) => Convert.ToHexStringLower(SHA256.HashData(box));

    // By their key: after a reset without the recovery key the account has others, which begin anew.
    private string SeenAs()
    {
        using var name = FileKeySchedule.Derive(ring.ContactsKey, FileKeySchedule.ContactsSeen);
        return $"contacts-{Convert.ToHexStringLower(name.Span[..16])}";
    }

    private ContactList Open(byte[] box, int version, SecretBytes key)
    {
        var plain = new byte[Math.Max(0, box.Length - XChaCha20Poly1305.Overhead)];
        var list = XChaCha20Poly1305.TryOpen(plain, box, AssociatedData(version), key.Span)
            ? ProtocolJson.TryRead(plain, ContactJson.Default.ContactList)
            : null;
        return list ?? throw VaultException.Forged("Your contacts do not verify.");
    }

    // label ‖ 0 ‖ account (16) ‖ version (4, big-endian)
    private byte[] AssociatedData(int version)
    {
        var number = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, version);
        return [.. Label, 0, .. VaultId.ToBytes(account), .. number];
    }
}

/// <summary>How a person as published now compares with what is remembered.</summary>
/// <param name="IsNew">Whether the pin must be stored.</param>
/// <param name="IsFirst">Whether this account never met the person before.</param>
/// <param name="Error">Set where the keys changed without a word from the old ones.</param>
internal sealed record Meeting(PublishedProfile Person, ContactPin Pin, bool IsNew, bool IsFirst, VaultException? Error)
{
    /// <summary>What the person's keys of now, or those remembered from before, signed; null where none did.</summary>
    public T? Signed<T>(Func<ReadOnlySpan<byte>, T?> verify)
        where T : class =>
        Pin.SigningKeys.Prepend(Person.Profile.SigningKey).Select(key => verify(key)).FirstOrDefault(read => read is not null);
}
