namespace Vault.Grains.Tests;

/// <summary>A clock that a test moves; timers run on the real one, so that nothing waits for a test to move it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
