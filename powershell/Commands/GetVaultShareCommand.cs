using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultShare: who has the account's files, and which files others gave.</summary>
/// <remarks>A share is one file, given to one person.</remarks>
/// <example>
/// <para>Lists what the account gave and what others gave.</para>
/// <code>
/// Get-VaultShare
/// </code>
/// </example>
/// <example>
/// <para>Shows who has a file.</para>
/// <code>
/// Get-VaultFile papers/plan.pdf | Get-VaultShare
/// </code>
/// </example>
/// <example>
/// <para>Lists what Bob gave.</para>
/// <code>
/// Get-VaultShare -Received -Person bob@example.org
/// </code>
/// </example>
/// <seealso cref="GrantVaultShareCommand"/>
/// <seealso cref="RevokeVaultShareCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultShare", DefaultParameterSetName = ByName)]
[OutputType(typeof(VaultShare))]
public sealed class GetVaultShareCommand : SessionCmdlet
{
    private const string ByName = "Name", ByObject = "InputObject";

    private List<Filter>? _names, _people;
    private bool? _isAnswered;

    /// <summary>Names of files, with wildcards; every file when it is not given.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Files as Get-VaultFile returns them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject,
        HelpMessage = "A file as Get-VaultFile returns it.")]
    [ValidateNotNullOrEmpty]
    public VaultFile[]? InputObject { get; set; }

    /// <summary>Only shares with these people: addresses with wildcards.</summary>
    [Parameter]
    [Alias("With")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Person { get; set; }

    /// <summary>Only what the account gave.</summary>
    [Parameter]
    public SwitchParameter Given { get; set; }

    /// <summary>Only what others gave.</summary>
    [Parameter]
    public SwitchParameter Received { get; set; }

    private protected override IEnumerable<string> Places => Name ?? [];

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _people = Person?.Select(person => new Filter(person, WildcardOptions.IgnoreCase)).ToList();
        _names = Name?.Select(name => new Filter(Need(name, () => VaultName(name)), WildcardOptions.None)).ToList();
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        _isAnswered ??= true;
        foreach (var file in InputObject ?? [])
        {
            Ask(file, () => ShowFile(file));
        }

        if (InputObject is null && (Given || !Received))
        {
            Ask(null, () => Show(Await(stop => UsedSession.ListGivenAsync(stop))));
        }

        if (InputObject is null && (Received || !Given))
        {
            Ask(null, () => ShowReceived(_ => true));
        }
    }

    /// <summary>An address or a name that no share has is an error: whatever the shares are passed on to would do nothing, and not say so.</summary>
    protected override void EndProcessing()
    {
        if (_isAnswered != true)
        {
            return;
        }

        var names = Unmatched(_names);
        var people = names.Count > 0 && names.Count == _names?.Count ? [] : Unmatched(_people); // where no file is left, it is not about people
        names.ForEach(name => NotFound(name, $"There is no share of '{name}'."));
        people.ForEach(person => NotFound(person, $"There is no share with '{person}'."));
    }

    private static List<string> Unmatched(List<Filter>? filters) =>
        [.. (filters ?? []).Where(filter => filter is { IsExact: true, HasMatched: false }).Select(filter => filter.Text)];

    private void NotFound(string wanted, string message) => TryItem(wanted, () => throw new VaultException(
        VaultErrorCode.NotFound, message, "Get-VaultShare without parameters lists what there is."));

    private void Ask(object? target, Action show) => _isAnswered &= TryItem(target, show);

    private void ShowFile(VaultFile file)
    {
        if (file.Owner is null)
        {
            Show(Await(stop => UsedSession.ListSharesAsync(file, stop)));
        }
        else
        {
            ShowReceived(share => share.File == file.Id);
        }
    }

    private void ShowReceived(Func<VaultShare, bool> wanted) => Await(async (pump, stop) =>
    {
        await foreach (var received in UsedSession.ListReceivedAsync(stop))
        {
            pump.Post(() =>
            {
                if (received.Share is not { } share)
                {
                    WriteError(VaultErrors.Record(received.Error!, received.Id)); // set: there is no share
                }
                else if (wanted(share))
                {
                    Show([share]);
                }
            });
        }
    });

    private void Show(IEnumerable<VaultShare> shares) => WriteObject(
        shares.Where(share => Matches(_names, share.Name ?? "") && Matches(_people, share.Person)), enumerateCollection: true);

    // Every one is asked, so that each knows whether it has matched.
    private static bool Matches(List<Filter>? filters, string text) =>
        filters is null || filters.Aggregate(false, (isMatch, filter) => filter.Matches(text) | isMatch);

    /// <summary>What was typed to say which shares are meant.</summary>
    private sealed class Filter(string text, WildcardOptions options)
    {
        private readonly WildcardPattern _pattern = new(text, options | WildcardOptions.CultureInvariant);

        public string Text => text;

        public bool IsExact { get; } = !WildcardPattern.ContainsWildcardCharacters(text);

        public bool HasMatched { get; private set; }

        public bool Matches(string value)
        {
            var isMatch = _pattern.IsMatch(value);
            HasMatched |= isMatch;
            return isMatch;
        }
    }
}
