using System.Runtime.CompilerServices;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>A person signed in at a server. Safe to use from several threads; a lost connection is made again by itself.</summary>
public sealed class VaultSession : IAsyncDisposable
{
    private readonly VaultConnection _connection;
    private readonly KeyRing _ring;

    private VaultSession(VaultConnection connection, KeyRing ring, ServerAddress server, EmailAddress email, LoginFinishReply login)
    {
        _connection = connection;
        _ring = ring;
        Server = server;
        Email = email.Value;
        Account = login.Account;
        ExpiresAt = login.ExpiresAt;
        ServerKey = connection.ServerKey;
    }

    /// <summary>Where.</summary>
    public ServerAddress Server { get; }

    /// <summary>The server's identity.</summary>
    public ServerKey ServerKey { get; }

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>Its address, normalised.</summary>
    public string Email { get; }

    /// <summary>When the session ends by itself.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Signs in.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.LoginFailed"/>, <see cref="VaultErrorCode.TooManyRequests"/>,
    /// <see cref="VaultErrorCode.ServerUnknown"/>, <see cref="VaultErrorCode.ServerKeyChanged"/> or <see cref="VaultErrorCode.ServerUnreachable"/>.</exception>
    public static Task<VaultSession> ConnectAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options, CancellationToken cancellationToken) =>
        OpenAsync(server, email, password, options, (_, _, _) => Task.CompletedTask, cancellationToken);

    internal static async Task<VaultSession> OpenAsync(
        ServerAddress server, string email, SecretBytes password, ConnectOptions? options,
        Func<VaultConnection, ServerReply, EmailAddress, Task> beforeLogin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(password);
        if (!EmailAddress.TryParse(email, out var address))
        {
            throw new VaultException(VaultErrorCode.InvalidRequest, $"'{email}' is no e-mail address.", "Check its spelling.");
        }

        options ??= new ConnectOptions();
        var connection = new VaultConnection(server, options);
        try
        {
            var hello = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await beforeLogin(connection, hello, address).ConfigureAwait(false);
            var (reply, ring) = await Login.RunAsync(
                connection, hello.KeyStretching, address, password, options.Device, cancellationToken).ConfigureAwait(false);
            return new VaultSession(connection, ring, server, address, reply);
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
    public async IAsyncEnumerable<VaultFile> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileId? last = null;
        for (var path = Routes.Files; path.Length > 0;)
        {
            var page = await _connection.GetAsync(path, ProtocolJson.Default.FileListPage, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Files)
            {
                // Rising ids: no file comes twice, and no list is endless.
                if (last is { } before && entry.File.Value.CompareTo(before.Value) <= 0)
                {
                    throw VaultException.Forged("The list of files is out of order.");
                }

                last = entry.File;
                yield return Open(entry);
            }

            if (page.Next is { } cursor && (page.Files.Count == 0 || cursor != last))
            {
                throw VaultException.Forged("The list of files goes on at a place where it did not end.");
            }

            path = page.Next is { } next ? $"{Routes.Files}?{Routes.AfterQuery}={next}" : "";
        }
    }

    /// <summary>The file with exactly this name; null where there is none.</summary>
    public async Task<VaultFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var path = VaultPath.Normalise(name);
        var tag = Convert.ToHexStringLower(_ring.NameTag(path));
        var page = await _connection.GetAsync(
            $"{Routes.Files}?{Routes.NameTagQuery}={tag}", ProtocolJson.Default.FileListPage, cancellationToken).ConfigureAwait(false);
        if (page.Files is [])
        {
            return null;
        }

        if (page.Files is not [var entry])
        {
            throw VaultException.Forged("The server has several files of one name.");
        }

        var file = Open(entry);
        return file.Name == path ? file : throw VaultException.Forged("The server answered with another file than the one asked for.");
    }

    /// <summary>Encrypts a file here and stores it; the name's next version, if there is one already.</summary>
    /// <param name="sourcePath">The file to send.</param>
    /// <param name="name">Its name in the vault, segments between forward slashes.</param>
    /// <param name="options">Null to seal to the own key.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="cancellationToken">Stops at once and gives back what was set aside.</param>
    /// <exception cref="VaultException">Nothing was stored, unless the connection was lost at the very end: then sending again is safe.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    public Task<VaultFile> SendAsync(
        string sourcePath, string name, SendOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        new Send(_connection, _ring, Account, options ?? new SendOptions()).RunAsync(sourcePath, VaultPath.Normalise(name), progress, cancellationToken);

    /// <summary>Sends many files; small ones share requests. One that fails does not stop the rest.</summary>
    public IAsyncEnumerable<SendResult> SendManyAsync(
        IEnumerable<SendItem> items, SendOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        new SendMany(_connection, _ring, Account, options ?? new SendOptions()).RunAsync(items, progress, cancellationToken);

    /// <summary>Fetches a version, verifies it, and writes it; the target appears whole or not at all.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.IntegrityFailed"/>,
    /// <see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>, <see cref="VaultErrorCode.NotFound"/>.</exception>
    public Task ReceiveAsync(
        VaultFile file, string targetPath, ReceiveOptions? options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new Receive(_connection, _ring, Account, options ?? new ReceiveOptions()).RunAsync(file, targetPath, progress, cancellationToken);
    }

    /// <summary>One version of a file, to receive it: its metadata as sealed for the owner.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>: there is no such version.</exception>
    public async Task<VaultFile> GetVersionAsync(FileId file, int version, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        var reply = await _connection.GetAsync(
            Routes.FileVersion(file, version), ProtocolJson.Default.FileVersionReply, cancellationToken).ConfigureAwait(false);
        var manifest = VersionCheck.Manifest(reply, file, version, Account, _ring);
        var metadata = FileMetadata.OpenAsOwner(reply.OwnerMetadata!, _ring.MetadataKey, Account, file, version) // checked with the manifest
            ?? throw VaultException.Forged("The file's name does not verify.");
        return VaultFile.From(file, version, metadata, reply.StoredAt, reply.Header.Length + manifest.PayloadLength);
    }

    /// <summary>Removes a file with all its versions. One that is gone already is no error.</summary>
    public Task RemoveAsync(FileId file, CancellationToken cancellationToken) => _connection.DeleteAsync(Routes.File(file), cancellationToken);

    /// <summary>Drops the connection and zeroes the keys. The session on the server goes on until it ends or expires.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        _ring.Dispose();
        return ValueTask.CompletedTask;
    }

    private VaultFile Open(FileEntry entry)
    {
        var metadata = FileMetadata.OpenAsOwner(entry.OwnerMetadata, _ring.MetadataKey, Account, entry.File, entry.Version)
            ?? throw VaultException.Forged($"The list's entry for the file {entry.File} does not verify.");
        return VaultFile.From(entry.File, entry.Version, metadata, entry.StoredAt, entry.StoredLength);
    }
}
