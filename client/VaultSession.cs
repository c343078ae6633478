using Vault.Client.Access;
using Vault.Client.Contacts;
using Vault.Client.Files;
using Vault.Client.History;
using Vault.Client.Keys;
using Vault.Client.Shares;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>A person signed in at a server. Safe to use from several threads; a lost connection is made again by itself.</summary>
/// <remarks>In parts: here files, shares and contacts; Keys has what opens the account, and its sessions.</remarks>
public sealed partial class VaultSession : IAsyncDisposable
{
    private readonly EmailAddress _address;
    private readonly KeyStretching? _stretching; // null with an access key, which has no password to change
    private readonly ConnectOptions _options;
    private readonly VaultConnection _connection;
    private readonly SignedIn _me;
    private readonly Sharing _sharing;
    private readonly Received _received;
    private readonly Histories _histories;

    private VaultSession(
        VaultConnection connection, KeyRing ring, ServerAddress server, EmailAddress email, AccountId account, SignedProfile profile,
        DateTimeOffset expiresAt, KeyStretching? stretching, ConnectOptions options)
    {
        (_address, _stretching, _options) = (email, stretching, options);
        _connection = connection;
        var seen = new SeenHeads(connection.StateFolder, account);
        _me = new SignedIn(connection, ring, account, new ContactBook(connection, ring, account, profile, seen), seen);
        _histories = new Histories(_me, email.Value);
        _sharing = new Sharing(_me, email.Value);
        _received = new Received(_me);
        Server = server;
        Email = email.Value;
        Account = account;
        ExpiresAt = expiresAt;
        ServerKey = connection.ServerKey;
    }

    /// <summary>What the work is done with; for tests that play a server, or another client, that lies.</summary>
    internal SignedIn Me => _me;

    /// <summary>Where.</summary>
    public ServerAddress Server { get; }

    /// <summary>The server's identity.</summary>
    public ServerKey ServerKey { get; }

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>Its address, normalised.</summary>
    public string Email { get; }

    /// <summary>What the access key can do that the session was opened with; null where it was opened with the password.</summary>
    public AccessScope? Scope { get; private init; }

    /// <summary>When the session ends by itself.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Signs in.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.LoginFailed"/>, <see cref="VaultErrorCode.TooManyRequests"/>,
    /// <see cref="VaultErrorCode.ServerUnknown"/>, <see cref="VaultErrorCode.ServerKeyChanged"/> or <see cref="VaultErrorCode.ServerUnreachable"/>.</exception>
    public static async Task<VaultSession> ConnectAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options, CancellationToken cancellationToken) =>
        (await OpenAsync(server, email, password, options, (_, _, _) => Task.FromResult(true), TimeSpan.Zero, cancellationToken).ConfigureAwait(false))!; // it goes on

    /// <param name="server">Where.</param>
    /// <param name="email">Who, as typed.</param>
    /// <param name="password">UTF-8.</param>
    /// <param name="options">Null for the usual.</param>
    /// <param name="beforeLogin">What is done on the connection first.</param>
    /// <param name="patience">How long a login that is interrupted is begun anew; zero for a few times.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>Null where <paramref name="beforeLogin"/> says not to go on.</returns>
    internal static async Task<VaultSession?> OpenAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options,
        Func<VaultConnection, ServerReply, EmailAddress, Task<bool>> beforeLogin, TimeSpan patience, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(password);
        var address = Parse(email);
        options ??= new ConnectOptions();
        var connection = new VaultConnection(server, options);
        try
        {
            var hello = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (!await beforeLogin(connection, hello, address).ConfigureAwait(false))
            {
                connection.Dispose();
                return null;
            }

            var login = await Login.RunAsync(
                connection, hello.KeyStretching, address, password, options, patience, cancellationToken).ConfigureAwait(false);
            login.SealingKey.Dispose();
            var session = new VaultSession(
                connection, login.Ring, server, address, login.Reply.Account, login.Reply.Profile, login.Reply.ExpiresAt, hello.KeyStretching, options);
            try
            {
                await session.CheckOwnProfileAsync(address, login.Reply.Profile, cancellationToken).ConfigureAwait(false);
                return session;
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Signs in with the file that <see cref="CreateAccessKeyAsync"/> wrote, without a password.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotAuthenticated"/>: the key has expired or was removed;
    /// <see cref="VaultErrorCode.InvalidRequest"/>: the file is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<VaultSession> ConnectAsync(string accessKeyPath, ConnectOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(accessKeyPath);
        options ??= new ConnectOptions();
        using var file = AccessKeyFile.Read(accessKeyPath);
        var connection = new VaultConnection(file.Server, options, file.ConnectionKey());
        try
        {
            connection.UseAccount(file.Account);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var (reply, ring) = await AccessKeys.OpenAsync(connection, file, cancellationToken).ConfigureAwait(false);
            var session = new VaultSession(connection, ring, file.Server, file.Email, reply.Account, reply.Profile, reply.ExpiresAt, null, options)
            {
                Scope = reply.Scope,
            };
            try
            {
                if (reply.Scope != AccessScope.SendOnly)
                {
                    await session.CheckOwnProfileAsync(file.Email, reply.Profile, cancellationToken).ConfigureAwait(false);
                }

                return session;
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The session and the account's quota as the server has them.</summary>
    public Task<SessionReply> GetStatusAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply, cancellationToken);

    /// <summary>Ends the session on the server. The object stays to be disposed.</summary>
    public Task DisconnectAsync(CancellationToken cancellationToken) => _connection.DeleteAsync(Routes.Session, cancellationToken);

    /// <summary>All files at their newest versions, in the order of their ids.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: an entry was forged.</exception>
    public IAsyncEnumerable<VaultFile> ListAsync(CancellationToken cancellationToken) => OwnFiles.ListAsync(_me, cancellationToken);

    /// <summary>All files that others gave, in the order of their ids. One that does not verify comes with the reason and hides no other.</summary>
    public IAsyncEnumerable<ReceivedFile> ListReceivedAsync(CancellationToken cancellationToken) => _received.ListAsync(cancellationToken);

    /// <summary>The file of one's own with exactly this name; null where there is none.</summary>
    public Task<VaultFile?> FindAsync(string name, CancellationToken cancellationToken) =>
        OwnFiles.FindAsync(_me, VaultPath.Normalise(name), cancellationToken);

    /// <summary>Encrypts a file here and stores it; the name's next version, if there is one already.</summary>
    /// <param name="sourcePath">The file to send.</param>
    /// <param name="name">Its name in the vault, segments between forward slashes.</param>
    /// <param name="options">Null to seal to the own key.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="cancellationToken">Stops at once and gives back what was set aside.</param>
    /// <exception cref="VaultException">Nothing was stored, unless the connection was lost at the very end: then sending again is safe.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <remarks>A send of a large file that lost the server, or whose process died, is continued by the same call, where the file is what it
    /// was.</remarks>
    public async Task<VaultFile> SendAsync(
        string sourcePath, string name, SendOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        options ??= new SendOptions();
        using var slots = TransferLimits.Slots(options.ThrottleLimit);
        return await new Send(_me, options, slots).RunAsync(
            sourcePath, VaultPath.Normalise(name), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends many files; small ones share requests. One that fails does not stop the rest.</summary>
    public IAsyncEnumerable<SendResult> SendManyAsync(
        IEnumerable<SendItem> items, SendOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        new SendMany(_me, options ?? new SendOptions()).RunAsync(items, progress, cancellationToken);

    /// <summary>Fetches a version, verifies it, and writes it; the target appears whole or not at all.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.IntegrityFailed"/>,
    /// <see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>, <see cref="VaultErrorCode.NotFound"/>.</exception>
    /// <remarks>A receive of a large file that lost the server, or whose process died, is continued by the same call; what it has is verified
    /// first.</remarks>
    public async Task ReceiveAsync(
        VaultFile file, string targetPath, ReceiveOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new ReceiveOptions();
        using var slots = TransferLimits.Slots(options.ThrottleLimit);
        await new Receive(_me, options, slots).RunAsync(file, targetPath, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Receives many files side by side. One that fails does not stop the rest.</summary>
    public IAsyncEnumerable<ReceiveResult> ReceiveManyAsync(
        IEnumerable<ReceiveItem> items, ReceiveOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        new ReceiveMany(_me, options ?? new ReceiveOptions()).RunAsync(items, export: false, progress, cancellationToken);

    /// <summary>Exports many files side by side, as <see cref="ExportAsync"/> does one. One that fails does not stop the rest.</summary>
    public IAsyncEnumerable<ReceiveResult> ExportManyAsync(
        IEnumerable<ReceiveItem> items, ReceiveOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        new ReceiveMany(_me, options ?? new ReceiveOptions()).RunAsync(items, export: true, progress, cancellationToken);

    /// <summary>A version as a stream that can be read anywhere; only the parts that are read are fetched, and each is verified first.</summary>
    /// <param name="file">Of one's own, or received.</param>
    /// <param name="options">For the password of a file that has one; null for none.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>To be disposed; for one reader at a time.</returns>
    /// <exception cref="VaultException">As for <see cref="ReceiveAsync"/>, also while reading.</exception>
    public async Task<Stream> OpenReadAsync(VaultFile file, ReceiveOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var version = await OpenedVersion.OpenAsync(_me, file, options?.Password, cancellationToken).ConfigureAwait(false);
        var slots = TransferLimits.Slots(1);
        return new ContentStream(version, new VersionContent(_me, version.Reply, version.Manifest, version.FileKey, slots), slots);
    }

    /// <summary>Writes the complete age file as it is stored: own or received, any age implementation opens it, without this project.</summary>
    /// <inheritdoc cref="ReceiveAsync"/>
    public async Task ExportAsync(
        VaultFile file, string targetPath, ReceiveOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new ReceiveOptions();
        using var slots = TransferLimits.Slots(options.ThrottleLimit);
        await new Receive(_me, options, slots).ExportAsync(file, targetPath, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The account's age identities, <c>AGE-SECRET-KEY-PQ-1…</c> in ASCII: they open every file that is sealed to this account.
    /// One, and after it those of former keys. The caller disposes them.</summary>
    public IReadOnlyList<SecretBytes> ExportIdentities() => [.. _me.Ring.Identities.Select(identity => identity.Export())];

    /// <summary>Writes them, one a line as age reads them, into a file that only its owner can read.</summary>
    /// <param name="path">Where.</param>
    /// <param name="overwrite">Replace a file that is there.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void ExportIdentities(string path, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(path);
        var identities = ExportIdentities();
        using var lines = new SecretBytes(identities.Sum(identity => identity.Length + 1));
        var rest = lines.Span;
        foreach (var identity in identities)
        {
            using (identity)
            {
                identity.Span.CopyTo(rest);
                rest[identity.Length] = (byte)'\n';
                rest = rest[(identity.Length + 1)..];
            }
        }

        PrivateFile.Write(path, lines.Span, overwrite);
    }

    /// <summary>Opens a file whose name was lost (<see cref="VaultFile.IsReadable"/>) with its own password, and gives it its name back.</summary>
    /// <returns>The file under its name; as it was, where another file has that name now.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.KeysLost"/>.</exception>
    public Task<VaultFile> NameAsync(VaultFile file, SecretBytes? password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        return NameAgain.RunAsync(_me, file, password, cancellationToken);
    }

    /// <summary>One version of a file of one's own, to receive it: its metadata as sealed for the owner.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>: there is no such version.</exception>
    public Task<VaultFile> GetVersionAsync(FileId file, int version, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        return OwnFiles.GetVersionAsync(_me, file, version, cancellationToken);
    }

    /// <summary>Gives a file of one's own to people: a new header for each, signed; the payload stays where it is.</summary>
    /// <param name="file">The newest version is given.</param>
    /// <param name="recipients">E-mail addresses of accounts at this server.</param>
    /// <param name="options">Null for the usual.</param>
    /// <param name="cancellationToken">Stops at once; the grants are then stored all or none.</param>
    /// <returns>One result for each recipient; a recipient who cannot be given the file does not keep others from it.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.NotPermitted"/>: a received
    /// file, <see cref="VaultErrorCode.NotFound"/>, <see cref="VaultErrorCode.IntegrityFailed"/>.</exception>
    public Task<IReadOnlyList<GrantResult>> GrantAsync(
        VaultFile file, IReadOnlyList<string> recipients, GrantOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(recipients);
        return _sharing.GrantAsync(file, recipients, options ?? new GrantOptions(), cancellationToken);
    }

    /// <summary>Who has a file of one's own.</summary>
    public Task<IReadOnlyList<VaultShare>> ListSharesAsync(VaultFile file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        return _sharing.ListAsync(file, cancellationToken);
    }

    /// <summary>Every share given.</summary>
    public async Task<IReadOnlyList<VaultShare>> ListGivenAsync(CancellationToken cancellationToken)
    {
        var names = new Dictionary<FileId, string>();
        await foreach (var file in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            names[file.Id] = file.Name;
        }

        return await _sharing.ListAsync(file => names.GetValueOrDefault(file), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a file from somebody, from the next request on. Who fetched it before keeps what was fetched.</summary>
    /// <param name="file">A file of one's own.</param>
    /// <param name="person">The address, or the account id, as the shares show it.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    public Task RevokeAsync(VaultFile file, string person, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(person);
        return _sharing.RevokeAsync(file, person, cancellationToken);
    }

    /// <summary>The same, then stores the file anew under a new key for all who keep access and deletes the older payloads.</summary>
    /// <param name="file">A file of one's own.</param>
    /// <param name="person">As for <see cref="RevokeAsync"/>.</param>
    /// <param name="password">The file's own password, where it has one; the new version has the same.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="cancellationToken">Stops; the share is then taken back, the payload perhaps not yet replaced.</param>
    public Task<VaultFile> RevokeAndRekeyAsync(
        VaultFile file, string person, SecretBytes? password, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(person);
        return _sharing.RevokeAndRekeyAsync(file, person, password, progress, cancellationToken);
    }

    /// <summary>The people whose keys this account remembers.</summary>
    public async Task<IReadOnlyList<VaultContact>> ListContactsAsync(CancellationToken cancellationToken) =>
        [.. (await _me.Contacts.ReadAsync(cancellationToken).ConfigureAwait(false)).Select(_me.Contacts.Show)];

    /// <summary>A person's keys as they are now, remembered if never met before.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>, <see cref="VaultErrorCode.ContactChanged"/>.</exception>
    public async Task<VaultContact> FindContactAsync(string email, CancellationToken cancellationToken)
    {
        var person = await _me.Contacts.FindAsync(Parse(email), cancellationToken).ConfigureAwait(false);
        return _me.Contacts.Show((await _me.Contacts.MeetAsync(person, cancellationToken).ConfigureAwait(false)).Pin);
    }

    /// <summary>Marks a person's present keys as verified, after the fingerprint was compared by another way than this server.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.ContactNotVerified"/>: it is another fingerprint.</exception>
    public async Task<VaultContact> ConfirmContactAsync(string email, string fingerprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        var person = await _me.Contacts.FindAsync(Parse(email), cancellationToken).ConfigureAwait(false);
        return await _me.Contacts.ConfirmAsync(person, fingerprint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest version of a file of one's own.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>.</exception>
    public Task<VaultFile> GetNewestAsync(FileId file, CancellationToken cancellationToken) =>
        OwnFiles.GetVersionAsync(_me, file, version: 0, cancellationToken);

    /// <summary>All kept versions of a file of one's own, the oldest first.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>.</exception>
    public Task<IReadOnlyList<VaultFile>> ListVersionsAsync(FileId file, CancellationToken cancellationToken) =>
        OwnFiles.ListVersionsAsync(_me, file, cancellationToken);

    /// <summary>The files in the trash, in the order of their ids.</summary>
    public IAsyncEnumerable<VaultFile> ListTrashAsync(CancellationToken cancellationToken) => OwnFiles.ListTrashAsync(_me, cancellationToken);

    /// <summary>Puts a file of one's own into the trash and takes it from everybody who has it. It keeps its share of the quota, and goes for
    /// good when its time is over.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: somebody gave it.</exception>
    public Task TrashAsync(VaultFile file, CancellationToken cancellationToken)
    {
        RequireOwn(file, "remove it");
        return _sharing.TrashAsync(file, cancellationToken);
    }

    /// <summary>Takes a file out of the trash, under the name it had. Nobody else has it then.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: another file has the name meanwhile,
    /// <see cref="VaultErrorCode.NotFound"/>.</exception>
    public Task RestoreAsync(VaultFile file, CancellationToken cancellationToken)
    {
        RequireOwn(file, "restore it");
        return _connection.DeleteAsync(Routes.FileTrash(file.Id), cancellationToken);
    }

    /// <summary>Gives the newest version of a file of one's own another name, which those who have the file see too. The content does not
    /// move.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its new name in the vault, folders and all.</param>
    /// <param name="password">The file's own password, where it has one: the name is sealed under the file's key too.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: the name is taken, or a send under it is under way,
    /// <see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.NotPermitted"/>.</exception>
    public Task<VaultFile> RenameAsync(VaultFile file, string name, SecretBytes? password, CancellationToken cancellationToken)
    {
        RequireOwn(file, "rename it");
        return new Rename(_me).RunAsync(file, VaultPath.Normalise(name), password, cancellationToken);
    }

    /// <summary>Makes another file out of a version of a file of one's own. Its content does not move: both refer to what is stored, which
    /// stays until neither does. Who was given the file is not given the copy.</summary>
    /// <param name="file">The version to copy.</param>
    /// <param name="name">The copy's name in the vault, folders and all.</param>
    /// <param name="options">Null for a file without a password, under a name that is free.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: the name is taken,
    /// <see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.QuotaExceeded"/>: a copy counts its whole length,
    /// <see cref="VaultErrorCode.NotPermitted"/>: somebody gave it, <see cref="VaultErrorCode.NotFound"/>.</exception>
    public Task<VaultFile> CopyAsync(VaultFile file, string name, CopyOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Owner is { } owner)
        {
            throw new VaultException(
                VaultErrorCode.NotPermitted, $"'{file.Name}' belongs to {owner.Email}, and so does its content in the store: it cannot be copied there.",
                "Make it your own with Receive-VaultFile and Send-VaultFile.");
        }

        return new Copy(_me).RunAsync(file, VaultPath.Normalise(name), options ?? new CopyOptions(), cancellationToken);
    }

    /// <summary>Removes a file of one's own for good with all its versions, from the list or from the trash, and so from everyone who has it. One
    /// that is gone already is no error.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: somebody gave it.</exception>
    public Task RemoveAsync(VaultFile file, CancellationToken cancellationToken)
    {
        RequireOwn(file, "remove it");
        return _connection.DeleteAsync(Routes.File(file.Id), cancellationToken);
    }

    /// <summary>Makes a key that signs in without a password, until it expires or is removed.</summary>
    /// <param name="name">What to call it in the account's list.</param>
    /// <param name="scope">What it can do. Its file leads to the keys for that and to no others.</param>
    /// <param name="expiresAt">When it ends by itself.</param>
    /// <param name="path">Where its file is written, for its owner alone; there must be none yet.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: the password was proved too long ago;
    /// <see cref="VaultErrorCode.TargetExists"/>.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task<AccessKeyEntry> CreateAccessKeyAsync(
        string name, AccessScope scope, DateTimeOffset expiresAt, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(path);
        return AccessKeys.CreateAsync(_me, Server, Email, name, scope, expiresAt, path, cancellationToken);
    }

    /// <summary>The account's access keys, expired ones too.</summary>
    public Task<IReadOnlyList<AccessKeyEntry>> ListAccessKeysAsync(CancellationToken cancellationToken) =>
        AccessKeys.ListAsync(_connection, cancellationToken);

    /// <summary>Ends an access key, from its next request on. What its holder knows already stays known. One that is gone is no error.</summary>
    public Task RemoveAccessKeyAsync(AccessKeyId key, CancellationToken cancellationToken) =>
        _connection.DeleteAsync(Routes.AccessKey(key), cancellationToken);

    /// <summary>A fresh secret for one-time codes; <see cref="EnableTotpAsync"/> switches them on. The caller disposes it.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.Conflict"/>: they are on already.</exception>
    public Task<TotpSetup> PrepareTotpAsync(CancellationToken cancellationToken) =>
        SecondFactor.PrepareAsync(_connection, Email, cancellationToken);

    /// <summary>From now on signing in needs a one-time code too.</summary>
    /// <param name="code">What the authenticator shows, made with the secret prepared last.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>The backup codes, also where an answer was lost: see <see cref="EnabledTotp.Failure"/>.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.CodeInvalid"/>, <see cref="VaultErrorCode.Conflict"/>.</exception>
    public Task<EnabledTotp> EnableTotpAsync(string code, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(code);
        return SecondFactor.EnableAsync(_connection, code, cancellationToken);
    }

    /// <summary>Signing in needs the password alone again. Off already is no error.</summary>
    /// <param name="code">What the authenticator shows, or a backup code.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.CodeInvalid"/>, <see cref="VaultErrorCode.TooManyRequests"/>.</exception>
    public Task DisableTotpAsync(string code, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(code);
        return SecondFactor.DisableAsync(_connection, code, cancellationToken);
    }

    /// <summary>Everything that happened to a file of one's own, or to the account, oldest first.</summary>
    /// <param name="file">Null for the account.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the server shows another history than this machine saw
    /// before, <see cref="VaultErrorCode.NotFound"/>: it is somebody else's.</exception>
    public IAsyncEnumerable<VaultHistoryEntry> ReadHistoryAsync(VaultFile? file, CancellationToken cancellationToken) =>
        _histories.ReadAsync(file, cancellationToken);

    /// <summary>Who could read a file of one's own at a time, from its history.</summary>
    /// <exception cref="VaultException">As for <see cref="ReadHistoryAsync"/>.</exception>
    public Task<IReadOnlyList<VaultFileReader>> GetReadersAsync(VaultFile file, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        return _histories.ReadersAsync(file, asOf, cancellationToken);
    }

    /// <summary>Whether the server still shows the history of a file, or of the account, that this machine saw before.</summary>
    /// <param name="file">Null for the account.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    public Task<VaultHistoryCheck> CheckHistoryAsync(VaultFile? file, CancellationToken cancellationToken) =>
        _histories.CheckAsync(file, cancellationToken);

    /// <summary>The same of the account and all its files, those among them that the server's list has lost.</summary>
    public IAsyncEnumerable<VaultHistoryCheck> CheckHistoriesAsync(CancellationToken cancellationToken) =>
        _histories.CheckAllAsync(cancellationToken);

    /// <summary>Drops the connection and zeroes the keys. The session on the server goes on until it ends or expires.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_isHandedOver)
        {
            _connection.Dispose();
        }

        _me.Ring.Dispose();
        _me.Contacts.Dispose();
        return ValueTask.CompletedTask;
    }

    // What others are shown under this address must be what this person made: asked in the way that they ask.
    private async Task CheckOwnProfileAsync(EmailAddress email, SignedProfile own, CancellationToken cancellationToken)
    {
        var published = await _me.Contacts.FindAsync(email, cancellationToken).ConfigureAwait(false);
        if (published.Account != Account || !published.Hash.AsSpan().SequenceEqual(own.Hash()))
        {
            throw VaultException.Forged("The server shows others a profile under your address that is not yours.");
        }
    }

    private static void RequireOwn(VaultFile file, string what)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Owner is { } owner)
        {
            throw new VaultException(VaultErrorCode.NotPermitted, $"'{file.Name}' belongs to {owner.Email}.", $"Only its owner can {what}.");
        }
    }

    internal static EmailAddress Parse(string email) => EmailAddress.TryParse(email, out var address)
        ? address
        : throw new VaultException(VaultErrorCode.InvalidRequest, $"'{email}' is no e-mail address.", "Check its spelling.");
}
