using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Client.Files;

/// <summary>Takes the file key out of the header of a file of one's own.</summary>
internal static class HeaderKey
{
    /// <param name="password">The file's own password, where it has one.</param>
    /// <returns>The file key, which the caller disposes.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongFilePassword"/>, <see cref="VaultErrorCode.IntegrityFailed"/>.</exception>
    internal static async Task<SecretBytes> OpenAsync(
        byte[] header, VaultFile file, KeyRing ring, SecretBytes? password, CancellationToken cancellationToken)
    {
        try
        {
            if (file.Protection == FileProtection.Key || file.Owner is not null)
            {
                return ring.Unwrap(header, file.Name);
            }

            if (password is null)
            {
                throw new VaultException(
                    VaultErrorCode.WrongFilePassword, $"'{file.Name}' was sent with a password of its own.", "Give it with -Password.");
            }

            return await PasswordWork.RunAsync(
                () =>
                {
                    using var identity = new ScryptIdentity(password.Span);
                    return AgeHeader.Unwrap(header, identity);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (AgeException error) when (error.Error == AgeError.NoMatch && file.Protection == FileProtection.Password && file.Owner is null)
        {
            throw new VaultException(
                VaultErrorCode.WrongFilePassword, $"The password does not open '{file.Name}'.", "Give the password that it was sent with.", error);
        }
        catch (AgeException error) when (error.Error == AgeError.WorkFactor)
        {
            // Before anything can be verified: it may be what its sender asked for, or a server that wants this machine busy.
            throw new VaultException(
                VaultErrorCode.IntegrityFailed,
                $"'{file.Name}' asks for scrypt's work factor above 2^{SendOptions.MaxWorkFactor}, more than 1 GiB of memory: it was not opened.",
                "If it was sent so, Export-VaultFile it and open it with age. If not, the server's storage is damaged or the server lies.", error);
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The header of '{file.Name}' does not verify: {error.Message}");
        }
    }
}
