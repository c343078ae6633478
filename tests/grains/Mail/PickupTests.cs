using MimeKit;

namespace Vault.Grains.Tests.Mail;

/// <summary>Mail as files, for a server without a mail host.</summary>
public sealed class PickupTests
{
    [Fact]
    public async Task Send_NoHost_IsAPrivateFileReadableWithoutImagesOrLinks()
    {
        await using var mail = await MailVault.StartAsync(options => options.SenderName = "The vault");
        await mail.ForgottenAsync(await mail.SendAsync());

        var file = Assert.Single(Directory.GetFiles(mail.Vault.Pickup, "*.eml"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(mail.Vault.Pickup));
        }

        using var message = await MimeMessage.LoadAsync(file);
        Assert.Equal(("A test of <mail>", "ada@example.org"), (message.Subject, message.To.Mailboxes.Single().Address));
        Assert.Equal(("The vault", "vault@localhost"), (message.From.Mailboxes.Single().Name, message.From.Mailboxes.Single().Address));
        Assert.Contains("Grüße & <b>words</b>.", message.TextBody, StringComparison.Ordinal);
        Assert.Contains("    CODE-1\r\n", message.TextBody!.ReplaceLineEndings("\r\n"), StringComparison.Ordinal);
        Assert.Contains("Gr&#252;&#223;e &amp; &lt;b&gt;words&lt;/b&gt;.", message.HtmlBody, StringComparison.Ordinal);
        Assert.Contains(">CODE-1<", message.HtmlBody, StringComparison.Ordinal);
        foreach (var fetched in new[] { "href", "src=", "<img", "<a ", "http:", "https:", "url(" })
        {
            Assert.DoesNotContain(fetched, message.HtmlBody, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(fetched, message.TextBody, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Send_FolderCannotBeWritten_WaitsUntilItCan()
    {
        await using var mail = await MailVault.StartAsync(_ => { });
        await File.WriteAllTextAsync(mail.Vault.Pickup, "in the way");
        var queued = await mail.SendAsync();
        await Until.HoldsAsync(
            () => Task.FromResult(mail.Log.All.Contains("pickup folder", StringComparison.Ordinal)), "Nobody was told.");
        File.Delete(mail.Vault.Pickup);

        await mail.ForgottenAsync(queued);
        Assert.Single(Directory.GetFiles(mail.Vault.Pickup, "*.eml"));
        Assert.Equal(1, mail.Composer.Composed); // the same words, with the same code, at each attempt
    }

    [Fact]
    public async Task Send_WordsTooOld_AreWrittenAnew()
    {
        await using var mail = await MailVault.StartAsync(_ => { });
        mail.Composer.Freshness = TimeSpan.FromMinutes(15);
        await File.WriteAllTextAsync(mail.Vault.Pickup, "in the way");
        var queued = await mail.SendAsync();
        await Until.HoldsAsync(() => Task.FromResult(mail.Composer.Composed == 1), "The mail was not written.");
        mail.Vault.Time.Advance(TimeSpan.FromMinutes(15));
        await Until.HoldsAsync(() => Task.FromResult(mail.Composer.Composed == 2), "The mail was not written anew.");
        File.Delete(mail.Vault.Pickup);

        await mail.ForgottenAsync(queued);
        using var message = await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(mail.Vault.Pickup, "*.eml")));
        Assert.Contains("CODE-2", message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_MailThatIsNotWanted_IsForgottenOnceItsEventHadTime()
    {
        await using var mail = await MailVault.StartAsync(_ => { });
        mail.Composer.IsWanted = false;
        var queued = await mail.SendAsync();
        await Until.HoldsAsync(() => Task.FromResult(mail.Composer.Composed >= 2), "It was forgotten at once.");
        mail.Vault.Time.Advance(TimeSpan.FromMinutes(1));

        await mail.ForgottenAsync(queued);
        Assert.False(Directory.Exists(mail.Vault.Pickup));
    }

    [Fact]
    public async Task Restart_MailThatDidNotLeave_LeavesWithAnotherCode()
    {
        await using var mail = await MailVault.StartAsync(_ => { });
        await File.WriteAllTextAsync(mail.Vault.Pickup, "in the way");
        var queued = await mail.SendAsync();
        await Until.HoldsAsync(() => Task.FromResult(mail.Composer.Composed == 1), "The mail was not written.");
        await mail.Vault.StopAsync();
        File.Delete(mail.Vault.Pickup);
        await mail.Vault.StartAsync();

        await mail.ForgottenAsync(queued);
        using var message = await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(mail.Vault.Pickup, "*.eml")));
        Assert.Contains("CODE-2", message.TextBody, StringComparison.Ordinal);
    }
}
