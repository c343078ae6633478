using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

/// <summary>What the age tests share: recognisable bytes, keys and one-line encryption.</summary>
internal static class AgeTestData
{
    /// <summary>Bytes that differ from position to position, so that a swapped or repeated chunk shows.</summary>
    internal static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    internal static SecretBytes FileKey() => new("YELLOW SUBMARINE"u8);

    internal static byte[] Encrypt(byte[] plaintext, params AgeRecipient[] recipients)
    {
        using var destination = new MemoryStream();
        AgeFile.Encrypt(new MemoryStream(plaintext), destination, recipients);
        return destination.ToArray();
    }

    internal static byte[] Decrypt(byte[] file, params AgeIdentity[] identities)
    {
        using var destination = new MemoryStream();
        AgeFile.Decrypt(new MemoryStream(file), destination, identities);
        return destination.ToArray();
    }

    internal static byte[] SealPayload(byte[] plaintext, SecretBytes fileKey)
    {
        using var destination = new MemoryStream();
        using var writer = new AgeWriter(destination, fileKey, leaveOpen: true);
        writer.Write(plaintext);
        writer.Complete();
        return destination.ToArray();
    }

    /// <summary>
    /// Reads a payload to its end or its failure; what was released before the failure stays in
    /// <paramref name="released"/>.
    /// </summary>
    internal static AgeException? ReadPayload(byte[] payload, SecretBytes fileKey, out byte[] released)
    {
        using var reader = new AgeReader(new MemoryStream(payload), fileKey);
        using var destination = new MemoryStream();
        AgeException? failure = null;
        try
        {
            reader.CopyTo(destination);
        }
        catch (AgeException error)
        {
            failure = error;
            Assert.Throws<AgeException>(() => reader.ReadByte());
        }

        released = destination.ToArray();
        return failure;
    }

    /// <summary>Runs what must be refused and checks which part was, and the reason that callers act on.</summary>
    internal static void Refused(AgeError expected, Action action)
    {
        var error = Assert.Throws<AgeException>(action);
        var reason = expected switch
        {
            AgeError.Armor or AgeError.Header => CryptographyError.InvalidEncoding,
            AgeError.WorkFactor => CryptographyError.OutOfRange,
            _ => CryptographyError.NotAuthentic,
        };
        Assert.Equal((expected, reason), (error.Error, error.Reason));
    }

    internal static string Text(SecretBytes ascii) => Encoding.ASCII.GetString(ascii.Span);
}
