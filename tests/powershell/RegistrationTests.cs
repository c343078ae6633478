using System.Text.RegularExpressions;
using Vault.Silo;

namespace Vault.PowerShell.Tests;

/// <summary>New-VaultAccount and Confirm-VaultAccount against a server that takes accounts by invitation and confirms addresses by mail
/// in its pickup folder.</summary>
public sealed partial class RegistrationTests(RegistrationTests.ClosedServer server) : IClassFixture<RegistrationTests.ClosedServer>
{
    private const string NewAccount =
        "param($server, $email, $password, $invitation) New-VaultAccount -Server $server -Email $email -Password $password -Invitation $invitation";

    private const string Connect =
        "param($server, $email, $password) Connect-Vault -Server $server -Email $email -Password $password";

    private static System.Security.SecureString Password => VaultShell.Secure("correct horse");

    [Fact]
    public async Task NewVaultAccount_FreeAndTakenAddress_EndAlikeAndTheMailSaysWhatToDo()
    {
        using var shell = new VaultShell();
        var invitation = await server.InviteAsync();
        var free = shell.Run(NewAccount, server.Address, "ada@example.org", Password, invitation).MustSucceed();
        Assert.Contains(free.Warnings, warning => warning.Message.Contains("Look in the mail of ada@example.org", StringComparison.Ordinal));
        Assert.Empty(shell.Run("Get-VaultSession").Output);
        var error = shell.RunToError(Connect, server.Address, "ada@example.org", Password);
        Assert.StartsWith("login_failed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);

        // The mail has the whole command; only where the server is the operator has to have said.
        var mail = await server.MailAsync(1);
        var command = Command().Match(mail).Value.Replace("your-server", $"127.0.0.1:{server.Port}", StringComparison.Ordinal);
        error = shell.RunToError(command.Replace("-Code ", "-Code A", StringComparison.Ordinal));
        Assert.Equal("code_invalid,Vault.PowerShell.Commands.ConfirmVaultAccountCommand", error.FullyQualifiedErrorId);
        shell.Run(command).MustSucceed();
        shell.Run(Connect, server.Address, "ada@example.org", Password).MustSucceed();

        var taken = shell.Run(NewAccount, server.Address, "ada@example.org", VaultShell.Secure("another one"), invitation).MustSucceed();
        Assert.Equal(free.Warnings.Select(warning => warning.Message), taken.Warnings.Select(warning => warning.Message));
        Assert.Equal(free.Output.Count, taken.Output.Count);
        Assert.Contains("There is one already", await server.MailAsync(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewVaultAccount_WithoutOrWithAUsedInvitation_IsRefused()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError(NewAccount.Replace("-Invitation $invitation", "", StringComparison.Ordinal), server.Address, "bob@example.org", Password);
        Assert.StartsWith("not_permitted,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("invitation", error.Exception.Message, StringComparison.Ordinal);
        error = shell.RunToError(NewAccount, server.Address, "bob@example.org", Password, "vaultinvite1qqq");
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        var invitation = await server.InviteAsync();
        shell.Run(NewAccount, server.Address, "carol@example.org", Password, invitation).MustSucceed();
        error = shell.RunToError(NewAccount, server.Address, "bob@example.org", Password, invitation);
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invite_ListAndRevoke_BesideTheRunningServer()
    {
        using var shell = new VaultShell();
        var made = (await server.RunInviteAsync()).Split('\n');
        var (invitation, id) = (made[0].Trim(), Revoke().Match(made[1]).Groups[1].Value);
        Assert.Contains(id, await server.RunInviteAsync("list"), StringComparison.Ordinal);
        var list = await server.RunInviteAsync("list");
        Assert.DoesNotContain(invitation, list, StringComparison.Ordinal);

        Assert.Contains("is revoked", await server.RunInviteAsync("revoke", id), StringComparison.Ordinal);
        Assert.DoesNotContain(id, await server.RunInviteAsync("list"), StringComparison.Ordinal);
        var error = shell.RunToError(NewAccount, server.Address, "dora@example.org", Password, invitation);
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        foreach (var wrong in new[] { new[] { "revoke", id }, ["revoke", "abc"], ["revoke"], ["burn"], ["list", "--days", "2"] })
        {
            await Assert.ThrowsAsync<Vault.Gateway.OptionsException>(() => server.RunInviteAsync(wrong));
        }

        var used = (await server.RunInviteAsync()).Split('\n');
        shell.Run(NewAccount, server.Address, "dora@example.org", Password, used[0].Trim()).MustSucceed();
        Assert.DoesNotContain(Revoke().Match(used[1]).Groups[1].Value, await server.RunInviteAsync("list"), StringComparison.Ordinal);
    }

    [GeneratedRegex("invite revoke ([0-9a-f]+)")]
    private static partial Regex Revoke();

    [GeneratedRegex("Confirm-VaultAccount .*")]
    private static partial Regex Command();

    /// <summary>A server for those who are invited.</summary>
    public sealed class ClosedServer : IAsyncLifetime, IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private VaultServer? _server;

        public int Port => Running.Port;

        public string Address => $"127.0.0.1:{Port}#{Running.ServerKey}";

        private VaultServer Running => _server ?? throw new InvalidOperationException("The server was not started.");

        public async Task InitializeAsync() => _server = await VaultServer.StartAsync(
            [
                "--data", _folder.At("data"), "--listen", "127.0.0.1:0", "--Vault:Registration:Mode", "Invitation",
                "--Vault:Registration:Confirmation", "Required",
            ]);

        /// <summary>What the operator's command prints, beside the running server.</summary>
        public async Task<string> InviteAsync()
        {
            using var output = new StringWriter();
            await InviteCommand.RunAsync(["--days", "2", "--data", _folder.At("data")], output);
            return output.ToString().Split('\n')[0].Trim();
        }

        /// <summary>The same with other words.</summary>
        public async Task<string> RunInviteAsync(params string[] words)
        {
            using var output = new StringWriter();
            await InviteCommand.RunAsync([.. words, "--data", _folder.At("data")], output);
            return output.ToString();
        }

        /// <summary>The text of the mail that came as the <paramref name="number"/>th to Ada.</summary>
        public async Task<string> MailAsync(int number)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                var mails = Directory.Exists(_folder.At("data/mail"))
                    ? new DirectoryInfo(_folder.At("data/mail")).GetFiles("*.eml").OrderBy(file => file.CreationTimeUtc)
                        .Select(file => File.ReadAllText(file.FullName)).Where(mail => mail.Contains("To: ada@", StringComparison.Ordinal)).ToList()
                    : [];
                if (mails.Count >= number)
                {
                    return Unfold(mails[number - 1]);
                }

                await Task.Delay(20, patience.Token);
            }
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

        public async Task DisposeAsync()
        {
            await Running.DisposeAsync();
            _folder.Dispose();
        }

        // The plain text comes first; quoted-printable breaks long lines.
        private static string Unfold(string mail) =>
            mail.ReplaceLineEndings("\n").Replace("=\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
    }
}
