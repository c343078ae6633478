using System.Text.RegularExpressions;
using MimeKit;

namespace Vault.Tests.Server;

/// <summary>The mail that a server wrote into its pickup folder, each read once.</summary>
public sealed partial class Mailbox(string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HashSet<string> _read = [];

    /// <summary>Waits for a mail that was not read yet.</summary>
    /// <param name="to">Its recipient.</param>
    /// <param name="subject">What its subject holds.</param>
    public async Task<MimeMessage> NextAsync(string to, string subject)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!patience.IsCancellationRequested)
        {
            foreach (var file in Files().Where(file => !_read.Contains(file)))
            {
                using var message = await MimeMessage.LoadAsync(file, patience.Token);
                if (message.To.Mailboxes.Single().Address == to && message.Subject?.Contains(subject, StringComparison.Ordinal) == true)
                {
                    _read.Add(file);
                    return await MimeMessage.LoadAsync(file, patience.Token);
                }
            }

            await Task.Delay(20, CancellationToken.None);
        }

        throw new TimeoutException($"No mail to {to} with '{subject}' came.");
    }

    /// <summary>Waits for a recovery code.</summary>
    public async Task<string> NextCodeAsync(string to)
    {
        using var message = await NextAsync(to, "recovery code");
        return CodeIn(message.TextBody ?? "");
    }

    /// <summary>The mails that came for somebody, read or not.</summary>
    public IReadOnlyList<string> To(string address) =>
        [.. Files().Where(file => File.ReadAllText(file).Contains(address, StringComparison.Ordinal))];

    /// <summary>Waits for a mail to somebody that is not among those before, and reads its code.</summary>
    public async Task<string> NewCodeAsync(string to, IReadOnlyList<string> before)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (To(to).Except(before).FirstOrDefault() is { } file)
            {
                using var message = await MimeMessage.LoadAsync(file, patience.Token);
                return CodeIn(message.TextBody ?? "");
            }

            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>The code that stands in the words of a mail.</summary>
    public static string CodeIn(string text) => Code().Match(text).Value;

    /// <summary>How many mails there are, read or not.</summary>
    public int Count => Files().Length;

    private string[] Files() => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.eml").Order(StringComparer.Ordinal)] : [];

    [GeneratedRegex(@"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")]
    private static partial Regex Code();
}
