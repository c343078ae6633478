using System.Globalization;
using Microsoft.Extensions.Options;
using Vault.Grains.Interfaces;
using Vault.Grains.Mail;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <summary>The mail with a recovery code.</summary>
internal sealed class RecoveryMail(IGrainFactory grains, MailCodes codes, IOptions<MailOptions> options) : IMailComposer
{
    /// <summary>The kind of mail in the outbox.</summary>
    public const string Kind = "recovery-code";

    /// <summary>What the code is for.</summary>
    public const string Purpose = "recovery";

    public async Task<ComposedMail?> ComposeAsync(QueuedMail mail)
    {
        if (!VaultId.TryParse<CommandId>(mail.About, out var request)
            || !(await grains.GetGrain<IUserGrain>(mail.Account.ToString()).GetProfile()).Succeeded(out var signed, out _)
            || signed.Verify() is not { } profile || !EmailAddress.TryParse(profile.Email, out var address))
        {
            return null;
        }

        var code = MailCodes.New();
        var hash = codes.Hash(Purpose, mail.Account, code)!; // its own codes are well formed
        return (await grains.GetGrain<IRecoveryGrain>(mail.Account.ToString()).Issue(request, hash)).Succeeded(out var issued, out _)
            ? new ComposedMail(address, Write(profile, code, issued.ExpiresAt), issued.ExpiresAt)
            : null;
    }

    private MailText Write(Profile profile, string code, DateTimeOffset expiresAt)
    {
        var server = $"{options.Value.PublicAddress ?? "your-server"}#{profile.ServerKey}";
        var until = expiresAt.UtcDateTime.ToString("HH:mm 'UTC on' d MMMM yyyy", CultureInfo.InvariantCulture);
        return new MailText("Your recovery code for Vault",
        [
            MailBlock.Paragraph($"Somebody, hopefully you, asked to reset the password of the Vault account {profile.Email}. The code is:"),
            MailBlock.Code(code),
            MailBlock.Paragraph($"It is good for one reset, until {until}. In PowerShell:"),
            MailBlock.Command($"Reset-VaultPassword -Server '{server}' -Email '{profile.Email}' -Code {code}"),
            MailBlock.Paragraph(
                "Add -RecoveryKey if you have your recovery key: then every file stays readable. Without it you are told what would no "
                + "longer open before anything changes."),
            MailBlock.Paragraph($"Your server's key is {profile.ServerKey}. Type the code nowhere else, and tell it to nobody."),
            MailBlock.Paragraph("If you did not ask for this, do nothing: without the code nothing changes."),
        ]);
    }
}
