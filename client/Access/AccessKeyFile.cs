using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Access;

/// <summary>The file that signs in without a password: where, as whom, and one secret, from which everything else comes.</summary>
/// <remarks>Text: a first line with the kind, then <c>name = value</c> lines. Readable by its owner alone.</remarks>
internal sealed class AccessKeyFile : IDisposable
{
    private const string Kind = "# vault access key 1";
    private const int MaxLength = 4096;

    public AccessKeyFile(ServerAddress server, EmailAddress email, AccountId account, AccessKeyId id, AccessScope scope, SecretBytes secret)
    {
        Server = server;
        Email = email;
        Account = account;
        Id = id;
        Scope = scope;
        Secret = secret;
    }

    /// <summary>Where, with the server's key pinned.</summary>
    public ServerAddress Server { get; }

    public EmailAddress Email { get; }

    public AccountId Account { get; }

    public AccessKeyId Id { get; }

    public AccessScope Scope { get; }

    /// <summary>32 random bytes.</summary>
    public SecretBytes Secret { get; }

    /// <summary>The X25519 private key that connections prove; the caller disposes it.</summary>
    public SecretBytes ConnectionKey() => FileKeySchedule.Derive(Secret, FileKeySchedule.AccessConnection);

    /// <summary>The public half of <see cref="ConnectionKey"/>.</summary>
    public byte[] PublicKey()
    {
        using var key = ConnectionKey();
        var publicKey = new byte[X25519.KeyLength];
        X25519.PublicKey(publicKey, key.Span);
        return publicKey;
    }

    /// <summary>Writes a new file, never over another.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.TargetExists"/>, <see cref="VaultErrorCode.DiskFull"/>.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Create(string path)
    {
        var text = Encode();
        try
        {
            PrivateFile.Write(path, text, overwrite: false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <exception cref="VaultException"><see cref="VaultErrorCode.InvalidRequest"/>: it is none, or others can read it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static AccessKeyFile Read(string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & ~PrivateFile.Mode) != 0)
        {
            throw new VaultException(
                VaultErrorCode.InvalidRequest, $"The access key '{path}' can be read by others than its owner.",
                $"Run: chmod 600 '{path}'. If somebody may have read it, remove the key with Remove-VaultAccessKey and make another.");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (file.Length > MaxLength)
        {
            throw NoAccessKey(path);
        }

        var text = new byte[file.Length];
        try
        {
            file.ReadExactly(text);
            return Decode(text) ?? throw NoAccessKey(path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    public void Dispose() => Secret.Dispose();

    private static VaultException NoAccessKey(string path) => new(
        VaultErrorCode.InvalidRequest, $"'{path}' is no access key, or damaged.", "Make another one with New-VaultAccessKey.");

    private byte[] Encode()
    {
        var head = Encoding.UTF8.GetBytes(
            $"{Kind}\nserver = {Server}#{Server.Key}\nemail = {Email}\naccount = {Account}\nkey = {Id}\nscope = {Scope}\nsecret = ");
        var text = new byte[head.Length + Base64.GetMaxEncodedToUtf8Length(Secret.Length) + 1];
        head.CopyTo(text, 0);
        Base64.EncodeToUtf8(Secret.Span, text.AsSpan(head.Length), out _, out _);
        text[^1] = (byte)'\n';
        return text;
    }

    private static AccessKeyFile? Decode(ReadOnlySpan<byte> text)
    {
        const string marker = "\nsecret = ";
        var at = text.IndexOf(Encoding.ASCII.GetBytes(marker));
        if (at < 0)
        {
            return null;
        }

        // Only what stands before the secret becomes strings.
        var lines = Encoding.UTF8.GetString(text[..at]).Split('\n');
        var values = lines.Skip(1).Select(line => line.Split(" = ", 2)).Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        if (lines[0] != Kind || !ServerAddress.TryParse(values.GetValueOrDefault("server"), out var server)
            || !EmailAddress.TryParse(values.GetValueOrDefault("email"), out var email)
            || !AccountId.TryParse(values.GetValueOrDefault("account"), out var account)
            || !AccessKeyId.TryParse(values.GetValueOrDefault("key"), out var id)
            || !Enum.TryParse<AccessScope>(values.GetValueOrDefault("scope"), out var scope) || !Enum.IsDefined(scope))
        {
            return null;
        }

        var secret = new SecretBytes(FileKeySchedule.KeyLength);
        var box = text[(at + marker.Length)..].TrimEnd("\r\n"u8);
        Span<byte> decoded = stackalloc byte[3 * FileKeySchedule.KeyLength];
        try
        {
            if (box.Length <= 2 * FileKeySchedule.KeyLength
                && Base64.DecodeFromUtf8(box, decoded, out _, out var length) == OperationStatus.Done && length == secret.Length)
            {
                decoded[..length].CopyTo(secret.Span);
                return new AccessKeyFile(server, email, account, id, scope, secret);
            }

            secret.Dispose();
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(decoded);
        }
    }
}
