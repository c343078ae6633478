using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;
using Vault.Storage.Local;

namespace Vault.Gateway.Keys;

/// <summary>Named secrets in a file that only its owner may read: a first line with the kind, then <c>name = base64</c> lines.</summary>
public sealed class KeyFile : IDisposable
{
    private const int MaxLength = 4096;

    private readonly Dictionary<string, SecretBytes> _secrets;
    private readonly string _path;

    private KeyFile(string path, Dictionary<string, SecretBytes> secrets)
    {
        _path = path;
        _secrets = secrets;
    }

    /// <summary>The secret with this name; owned by this file.</summary>
    /// <exception cref="KeyFileException">The file has no such secret, or it has another length.</exception>
    public SecretBytes Take(string name, int length) =>
        _secrets.TryGetValue(name, out var secret) && secret.Length == length
            ? secret
            : throw new KeyFileException($"The key file {_path} has no '{name}' of {length} bytes. Restore it from a backup.");

    /// <summary>Writes a new file with the secrets, whole and durable before it returns; never over an existing one.</summary>
    /// <exception cref="KeyFileException">The file exists or cannot be written.</exception>
    public static void Create(string path, string kind, IReadOnlyDictionary<string, SecretBytes> secrets)
    {
        var text = Encode(kind, secrets);
        try
        {
            PrivateFile.Create(path, text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"The key file {path} cannot be made: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Reads a file of this kind.</summary>
    /// <exception cref="KeyFileException">It is missing, readable by others, damaged or of another kind; the message says what to do.</exception>
    public static KeyFile Open(string path, string kind)
    {
        byte[] text;
        try
        {
            RequirePrivate(path);
            if (new FileInfo(path).Length > MaxLength)
            {
                throw new KeyFileException($"{path} is too long for a key file.");
            }

            text = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"The key file {path} cannot be read: {error.Message}", error);
        }

        try
        {
            return new KeyFile(path, Decode(path, kind, text));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Refuses a file with secrets that others than its owner have access to.</summary>
    /// <exception cref="KeyFileException">Others have access.</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    public static void RequirePrivate(string path)
    {
        if (!PrivateFile.IsPrivate(path))
        {
            throw new KeyFileException($"The key file {path} can be read by others than its owner. Run: chmod 600 '{path}'");
        }
    }

    /// <summary>Zeroes all secrets.</summary>
    public void Dispose()
    {
        foreach (var secret in _secrets.Values)
        {
            secret.Dispose();
        }
    }

    private static byte[] Encode(string kind, IReadOnlyDictionary<string, SecretBytes> secrets)
    {
        using var text = new MemoryStream(MaxLength);
        text.Write(Encoding.ASCII.GetBytes($"# {kind}\n"));
        Span<byte> line = stackalloc byte[256];
        foreach (var (name, secret) in secrets)
        {
            text.Write(Encoding.ASCII.GetBytes($"{name} = "));
            Base64.EncodeToUtf8(secret.Span, line, out _, out var written);
            text.Write(line[..written]);
            text.Write("\n"u8);
        }

        CryptographicOperations.ZeroMemory(line);
        var bytes = text.ToArray();
        CryptographicOperations.ZeroMemory(text.GetBuffer());
        return bytes;
    }

    private static Dictionary<string, SecretBytes> Decode(string path, string kind, byte[] text)
    {
        var secrets = new Dictionary<string, SecretBytes>();
        var first = true;
        Span<byte> value = stackalloc byte[256];
        try
        {
            foreach (var range in text.AsSpan().TrimEnd((byte)'\n').Split((byte)'\n'))
            {
                var line = text.AsSpan(range);
                if (first && !line.SequenceEqual(Encoding.ASCII.GetBytes($"# {kind}")))
                {
                    throw new KeyFileException(
                        $"{path} does not begin with '# {kind}': it is another file, or damaged. Restore it from a backup.");
                }

                if (!first && !TryAdd(secrets, line, value))
                {
                    throw new KeyFileException($"The key file {path} is damaged. Restore it from a backup.");
                }

                first = false;
            }

            return secrets;
        }
        catch
        {
            foreach (var secret in secrets.Values)
            {
                secret.Dispose();
            }

            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>One line, <c>name = base64</c>; false where it is none, or the name comes twice.</summary>
    private static bool TryAdd(Dictionary<string, SecretBytes> secrets, ReadOnlySpan<byte> line, Span<byte> value)
    {
        var split = line.IndexOf(" = "u8);
        if (split < 1 || Base64.DecodeFromUtf8(line[(split + 3)..], value, out _, out var length) != OperationStatus.Done || length == 0)
        {
            return false;
        }

        var name = Encoding.ASCII.GetString(line[..split]);
        if (secrets.ContainsKey(name))
        {
            return false;
        }

        secrets.Add(name, new SecretBytes(value[..length]));
        return true;
    }
}
