namespace Vault.Silo;

/// <summary>Ends a process that is no member of its cluster any more: it must not go on as if it were.</summary>
/// <remarks>It ends at once, and without a dump of its memory, which holds keys. Whoever runs it starts it again.</remarks>
internal sealed class ExpelledSilo : IFatalErrorHandler
{
    /// <summary>The exit code: start it again.</summary>
    public const int ExitCode = 3;

    /// <inheritdoc />
    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    /// <inheritdoc />
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        Console.Error.WriteLine(
            "vault: The other silos declared this one dead. It was paused, or they cannot reach it at Vault:Cluster:Address, or its key file "
            + $"has another silo-silo-key than theirs. ({(context ?? exception?.Message ?? "").Split('\n')[0]})");
        Environment.Exit(ExitCode);
    }
}
