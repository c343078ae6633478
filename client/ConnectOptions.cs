using Vault.Protocol;

namespace Vault.Client;

/// <summary>How to connect.</summary>
public sealed record ConnectOptions
{
    /// <summary>The key the person has confirmed for a server that is not known yet; it is remembered.</summary>
    public ServerKey? AcceptServerKey { get; init; }

    /// <summary>Take and remember whatever key an unknown server has. A changed key is refused all the same.</summary>
    public bool AcceptUnknownServer { get; init; }

    /// <summary>Where known servers are remembered, and what this machine saw of histories; made when it is first needed. Where it cannot be
    /// written, only servers whose address names their key can be connected to.</summary>
    public string StateFolder { get; init; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "vault");

    /// <summary>A name for this device, at most 100 characters.</summary>
    public string Device { get; init; } = Environment.MachineName;

    /// <summary>The authenticator's code, or a backup code, for an account with a second factor.</summary>
    public string? OneTimeCode { get; init; }

    /// <summary>Asked for such a code where one is needed and none is given, or what was given is wrong; null for nobody to ask. It answers
    /// null where the person has none.</summary>
    public Func<CancellationToken, Task<string?>>? AskForCode { get; init; }

    /// <summary><c>vaultinvite1…</c>, for a new account where the server wants one.</summary>
    public string? Invitation { get; init; }

    /// <summary>How long making a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a lost connection is made again before a command fails, and a server that is busy, or has its storage away, asked again; zero for not at all.
    /// The first connection is made once.</summary>
    public TimeSpan ReconnectFor { get; init; } = TimeSpan.FromSeconds(30);

    internal bool HasCode => OneTimeCode is not null || AskForCode is not null;

    /// <summary>The code that is given, or the person's answer.</summary>
    internal Task<string?> CodeAsync(CancellationToken cancellationToken) => OneTimeCode is not null || AskForCode is null
        ? Task.FromResult(OneTimeCode)
        : AskForCode(cancellationToken);

    /// <summary>Stands between this client and the channel: how tests play a server that lies or a connection that breaks.</summary>
    internal Func<HttpMessageHandler, HttpMessageHandler>? Intercept { get; init; }
}
