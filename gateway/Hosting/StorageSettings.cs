using Vault.Storage.Azure;

namespace Vault.Gateway.Hosting;

/// <summary>
/// Where events and contents are kept; section <c>Vault:Storage</c> of the configuration, beside the grains' limits. Nothing
/// said is the local data folder. A gateway needs <see cref="Content"/> alone, so it is given no more.
/// </summary>
public sealed class StorageSettings
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Vault:Storage";

    // In front of the path of a file that holds the setting, which is where a secret belongs.
    private const string InFile = "file:";

    private const int MinSegmentLength = 4 * 1024;

    // What the grains wait for, and a part's upload or a pause in a download.
    private static readonly AzureOptions OfState = new() { CallTimeout = TimeSpan.FromSeconds(4) };
    private static readonly AzureOptions OfContent = new() { CallTimeout = TimeSpan.FromSeconds(20) };

    /// <summary>The container for events and accounts, for silos only: see <see cref="AzureLocation"/>, or <c>file:</c> and a path.</summary>
    public string State { get; set; } = "";

    /// <summary>The container for file content, likewise.</summary>
    public string Content { get; set; } = "";

    /// <summary>With a connection string: the name of the container for events and accounts.</summary>
    public string StateContainer { get; set; } = "vault-state";

    /// <summary>With a connection string: the name of the container for file content.</summary>
    public string ContentContainer { get; set; } = "vault-content";

    /// <summary>The client id of a user-assigned managed identity; empty for the machine's own.</summary>
    public string Identity { get; set; } = "";

    /// <summary>Whether containers that are missing are made. Off, because a wrong name would look like an empty vault.</summary>
    public bool Create { get; set; }

    /// <summary>Where an event stream goes on in another blob, in bytes: 4 KiB to 6 MiB, which is also what is best.</summary>
    public int SegmentLength { get; set; } = OfState.SegmentLength;

    /// <summary>Whether contents are in the local data folder.</summary>
    public bool HasLocalContent => Content.Length == 0;

    /// <summary>Refuses what a silo cannot use: one of the two alone.</summary>
    /// <exception cref="OptionsException">The message names the key and the fix.</exception>
    public void RequireBothOrNone()
    {
        if (State.Length == 0 != HasLocalContent)
        {
            var (given, missing) = HasLocalContent ? (nameof(State), nameof(Content)) : (nameof(Content), nameof(State));
            throw new OptionsException(
                $"{Section}:{given} is set and {Section}:{missing} is not. Set both for Azure, or neither for the data folder.");
        }
    }

    /// <summary>Reaches the container for events and accounts. The caller disposes it.</summary>
    /// <exception cref="OptionsException">The setting cannot be used, or the container cannot be reached with it.</exception>
    public Task<AzureContainer> OpenStateAsync()
    {
        if (SegmentLength < MinSegmentLength || SegmentLength > OfState.SegmentLength)
        {
            throw new OptionsException(
                $"{Section}:{nameof(SegmentLength)} is {SegmentLength}; it must be {MinSegmentLength} to {OfState.SegmentLength}.");
        }

        return OpenAsync(nameof(State), State, StateContainer, OfState with { SegmentLength = SegmentLength });
    }

    /// <summary>Reaches the container for file content. The caller disposes it.</summary>
    /// <inheritdoc cref="OpenStateAsync"/>
    public Task<AzureContainer> OpenContentAsync() => OpenAsync(nameof(Content), Content, ContentContainer, OfContent);

    private async Task<AzureContainer> OpenAsync(string key, string value, string name, AzureOptions options)
    {
        var container = new AzureContainer(Locate(key, value, name), options);
        try
        {
            await container.OpenAsync(Create, CancellationToken.None);
            return container;
        }
        catch (Vault.Storage.StorageException error)
        {
            container.Dispose();
            throw new OptionsException(
                $"{Section}:{key}: {error.Message}" + (Create ? "" : $" ({Section}:{nameof(Create)}=true makes a missing container.)"));
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    private AzureLocation Locate(string key, string value, string name)
    {
        try
        {
            return AzureLocation.Parse(Resolve(key, value), name, Identity, DateTimeOffset.UtcNow);
        }
        catch (FormatException error)
        {
            throw new OptionsException($"{Section}:{key} cannot be used. {error.Message}");
        }
    }

    private static string Resolve(string key, string value)
    {
        if (!value.StartsWith(InFile, StringComparison.Ordinal))
        {
            return value;
        }

        try
        {
            return File.ReadAllText(value[InFile.Length..]).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OptionsException($"{Section}:{key} names a file that cannot be read: {error.Message}");
        }
    }
}
