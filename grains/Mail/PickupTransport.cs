using Microsoft.Extensions.Options;
using MimeKit;
using Vault.Storage.Local;

namespace Vault.Grains.Mail;

/// <summary>Writes each mail as an .eml file into a folder that only the server's owner may read: for a server without a mail host.</summary>
/// <remarks>The files hold what the mails say, codes too: whoever can read the folder can reset passwords.</remarks>
internal sealed class PickupTransport(IOptions<MailOptions> options) : IMailTransport
{
    private readonly string _folder = Path.GetFullPath(options.Value.Pickup);

    public async Task SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await message.WriteToAsync(bytes, cancellationToken);
        try
        {
            CreateFolder();
            var id = message.MessageId!.Split('@')[0]; // the renderer sets one

            // In the order in which they were written.
            var name = $"{message.Date.UtcDateTime:yyyyMMdd'T'HHmmssfff}-{id}.eml";
            PrivateFile.Create(Path.Combine(_folder, name), bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailException($"No mail can be written to the pickup folder {_folder}.", e);
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
