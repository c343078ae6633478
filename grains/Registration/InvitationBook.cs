using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Grains.SignIn;
using Vault.Storage;

namespace Vault.Grains.Registration;

/// <summary>An invitation that can still be used. What it says is not kept, so it cannot be shown again.</summary>
/// <param name="Id">Names it: 64 hexadecimal digits, SHA-256 of it.</param>
public sealed record OpenInvitation(string Id, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt);

/// <summary>Makes invitations, lists and revokes those that nobody used: for the operator's command, which runs beside the server.</summary>
/// <remarks>Its blobs are <c>invited/{id}</c> and <c>uninvited/{id}</c>, which the server only reads; the server's own are
/// <c>invitations/{id}</c>, which this only reads. So neither writes over the other.</remarks>
public sealed class InvitationBook(IBlobStore accounts, SiloKeys keys)
{
    /// <summary>The longest life of an invitation, in days.</summary>
    public const int MaxDays = 365;

    /// <summary>The fewest digits of an id that name an invitation.</summary>
    public const int MinDigits = 6;

    private const int MaxLength = 1024;

    /// <summary>A new invitation, good for one account until its end.</summary>
    /// <exception cref="StorageException">It could not be noted.</exception>
    public async Task<(string Text, OpenInvitation Made)> MakeAsync(
        DateTimeOffset expiresAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await foreach (var (id, made) in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (made.ExpiresAt <= now)
            {
                await accounts.DeleteAsync(Invitations.Made.Append(id), cancellationToken).ConfigureAwait(false);
                await accounts.DeleteAsync(Invitations.Revoked.Append(id), cancellationToken).ConfigureAwait(false);
            }
        }

        var text = Invitations.New(keys, expiresAt);
        var invitation = new OpenInvitation(Invitations.IdOf(text), now, expiresAt);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(
            new MadeInvitation(invitation.MadeAt, invitation.ExpiresAt), InvitationJson.Stored.MadeInvitation);
        await accounts.CreateAsync(Invitations.Made.Append(invitation.Id), bytes, cancellationToken).ConfigureAwait(false);
        return (text, invitation);
    }

    /// <summary>Those that can still be used, the oldest first.</summary>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<OpenInvitation>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = new List<OpenInvitation>();
        await foreach (var (id, made) in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (made.ExpiresAt > now && !await IsThereAsync(Invitations.Used.Append(id), cancellationToken).ConfigureAwait(false)
                && !await IsThereAsync(Invitations.Revoked.Append(id), cancellationToken).ConfigureAwait(false))
            {
                open.Add(new OpenInvitation(id, made.MadeAt, made.ExpiresAt));
            }
        }

        return [.. open.OrderBy(invitation => invitation.MadeAt)];
    }

    /// <summary>Revokes the unused invitation whose id begins so.</summary>
    /// <returns>Null where none, or more than one, is named so.</returns>
    /// <exception cref="StorageException">It may be revoked or not.</exception>
    public async Task<OpenInvitation?> RevokeAsync(string digits, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(digits);
        var open = await ListAsync(now, cancellationToken).ConfigureAwait(false);
        OpenInvitation[] named = digits.Length < MinDigits
            ? []
            : [.. open.Where(invitation => invitation.Id.StartsWith(digits, StringComparison.OrdinalIgnoreCase))];
        if (named is not [var one])
        {
            return null;
        }

        await accounts.CreateAsync(Invitations.Revoked.Append(one.Id), default, cancellationToken).ConfigureAwait(false);
        return one;
    }

    private async IAsyncEnumerable<(string Id, MadeInvitation Made)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in accounts.ListAsync(Invitations.Made, cancellationToken).ConfigureAwait(false))
        {
            var bytes = await accounts.ReadAsync(entry.Name, MaxLength, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && Read(bytes) is { } made)
            {
                yield return (entry.Name.Segments[^1], made);
            }
        }
    }

    private static MadeInvitation? Read(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, InvitationJson.Stored.MadeInvitation);
        }
        catch (JsonException)
        {
            return null; // it can be used as before; the list is for people
        }
    }

    private async Task<bool> IsThereAsync(BlobName name, CancellationToken cancellationToken) =>
        await accounts.LengthAsync(name, cancellationToken).ConfigureAwait(false) is not null;
}

/// <summary>What is kept of an invitation that was made.</summary>
internal sealed record MadeInvitation(DateTimeOffset MadeAt, DateTimeOffset ExpiresAt);

[JsonSerializable(typeof(MadeInvitation))]
internal sealed partial class InvitationJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static InvitationJson Stored { get; } = new(StoredJson.CreateOptions());
}
