namespace Vault.Grains;

/// <summary>How mail leaves: to an SMTP host, or without one as files. Section <c>Vault:Mail</c>.</summary>
public sealed class MailOptions
{
    /// <summary>Name or address of the SMTP host; without one, mail is written to <see cref="Pickup"/>.</summary>
    public string? Host { get; set; }

    /// <summary>Its port; 587 with STARTTLS, 465 with TLS, 25 with none, where it is not given.</summary>
    public int? Port { get; set; }

    /// <summary>How the connection is protected.</summary>
    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    /// <summary>SHA-256 of the host's certificate in hexadecimal digits: then exactly this one is accepted, whoever issued it.</summary>
    public string? CertificateSha256 { get; set; }

    /// <summary>User name at the host; none where it asks for none.</summary>
    public string? User { get; set; }

    /// <summary>The user's password: in the environment (<c>Vault__Mail__Password</c>), never on the command line.</summary>
    public string? Password { get; set; }

    /// <summary>A file that holds the password, readable by its owner alone; in the place of <see cref="Password"/>.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>The address that mail comes from; needed with a host.</summary>
    public string SenderAddress { get; set; } = DefaultSender;

    /// <summary>The name beside it.</summary>
    public string SenderName { get; set; } = "Vault";

    /// <summary>Where people reach this server, <c>host:port</c>: what mails tell them to type. Without it they say <c>your-server</c>,
    /// but for a server in one process that listens on loopback alone.</summary>
    public string? PublicAddress { get; set; }

    /// <summary>The folder for .eml files where there is no host; a host program sets it beside its data.</summary>
    public string Pickup { get; set; } = "mail";

    /// <summary>How long handing one mail over may take: 1 s to 10 minutes; 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause before the second attempt, doubled from one to the next: 10 ms to 1 hour; 5 s.</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause: the first one to 6 hours; 10 minutes.</summary>
    public TimeSpan MaxRetry { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>When a mail that cannot be handed over is given up, and the operator told: 1 s to 7 days; 4 hours.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Connections to the host at once: 1 to 100; 4.</summary>
    public int MaxConnections { get; set; } = 4;

    internal const string DefaultSender = "vault@localhost";

    internal bool HasHost => !string.IsNullOrWhiteSpace(Host);

    internal int EffectivePort => Port ?? Security switch
    {
        MailSecurity.Tls => 465,
        MailSecurity.StartTls => 587,
        _ => 25,
    };

    /// <summary>The password, from where it is kept. A string, because the mail library takes no other.</summary>
    internal string ReadPassword() =>
        PasswordFile is { Length: > 0 } file ? File.ReadAllText(file).TrimEnd('\r', '\n') : Password ?? "";
}

/// <summary>How the connection to the SMTP host is protected.</summary>
public enum MailSecurity
{
    /// <summary>TLS after a plain greeting (RFC 3207); a host that does not offer it gets no mail.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>None: only for a host on this machine.</summary>
    None,
}
