using Vault.Grains.Tests.Mail;
using Vault.Storage.Azure;
using Vault.Storage.Tests.Azure;

namespace Vault.Grains.Tests.Users;

/// <summary>A silo whose streams go on in another blob with every event or two, and whose process can die between two of them.</summary>
public sealed class SegmentsVault : AzureVault
{
    private readonly FaultyWire _wire;
    private string? _lastDeleted;

    public SegmentsVault()
        : this(new FaultyWire())
    {
    }

    private SegmentsVault(FaultyWire wire)
        : base(new AzureOptions { SegmentLength = 400, RetryDelay = TimeSpan.FromMilliseconds(1) }, wire)
    {
        _wire = wire;
        _wire.BeforeRequest = request => Crash.HasCrashed && request.Method != HttpMethod.Get && request.Method != HttpMethod.Head
            ? throw FaultyWire.Broken()
            : Task.CompletedTask;
        _wire.BeforeAnswer = request =>
        {
            if (_lastDeleted is { } last && request.Method == HttpMethod.Delete && request.RequestUri!.AbsolutePath.EndsWith(last, StringComparison.Ordinal))
            {
                _lastDeleted = null;
                Crash.Kill();
            }

            return Task.CompletedTask;
        };
    }

    /// <summary>The deletion of this stream's first segment is the last write.</summary>
    internal void KillInDeletionOf(string stream) => _lastDeleted = $"/streams/{stream}/00000000.jsonl";

    /// <summary>The segments of a stream.</summary>
    internal IReadOnlyList<string> Segments(string stream) =>
        [.. Blobs().Where(blob => blob.StartsWith($"streams/{stream}/", StringComparison.Ordinal))];
}

/// <summary>An account that is closed while its streams have several segments: also one that lost only its first is erased to the end.</summary>
public sealed class ClosingInSegmentsTests(SegmentsVault vault) : IClassFixture<SegmentsVault>
{
    [Theory]
    [InlineData("users")]
    [InlineData("files")]
    public async Task CloseAccount_CutOffBetweenTwoSegmentsOfAStream_ErasesTheRestAfterARestart(string category)
    {
        var ada = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var bob = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var sent = new TestSend(ada);
        await sent.SendAsync(vault);
        await new TestShare(ada, sent.Reserve.File).GrantAsync(bob);
        var stream = category == "users" ? $"users/{ada.Account}" : $"files/{sent.Reserve.File}";
        Assert.True(vault.Segments(stream).Count > 1, "The stream has one segment.");
        vault.KillInDeletionOf(stream);

        Expect.Value(await ada.TryCloseAsync());
        await Until.HoldsAsync(() => Task.FromResult(vault.Crash.HasCrashed), "The stream was not deleted.");
        Assert.True(vault.Segments(stream).Count > 0, "The deletion was not cut off.");
        await vault.RestartAsync();

        await Until.HoldsAsync(
            () => Task.FromResult(vault.Segments($"users/{ada.Account}").Count == 0), "The account's own stream was not erased.");
        Assert.Empty(vault.Segments($"files/{sent.Reserve.File}"));
        Assert.Empty(vault.Segments($"recoveries/{ada.Account}"));
    }
}
