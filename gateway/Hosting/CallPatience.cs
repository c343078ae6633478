namespace Vault.Gateway.Hosting;

/// <summary>Which calls of grains are asked again, and for how long.</summary>
/// <param name="Time">From the first try on.</param>
/// <param name="IncludesUnanswered">Whether a call is asked again that nobody answered in time.</param>
/// <param name="AsksAnew">Whether a call whose answer may have been lost is asked a second time beside the first. Otherwise it ends.</param>
/// <param name="StorageTries">How often storage may fail under it.</param>
internal sealed record CallPatience(TimeSpan Time, bool IncludesUnanswered, bool AsksAnew, int StorageTries)
{
    /// <summary>
    /// A gateway's: long enough for a silo to be declared dead and its grains to be read again elsewhere. A grain whose
    /// storage failed has read its stream again, so a second failure is one of the storage itself.
    /// </summary>
    public static CallPatience OfGateway { get; } = new(TimeSpan.FromSeconds(12), IncludesUnanswered: true, AsksAnew: true, StorageTries: 2);

    /// <summary>
    /// A grain's that asks another one: its own callers wait meanwhile, so it is only bridged that a silo is declared dead.
    /// When its own silo is asked to stop it waits no longer: the grain that was asked may ask back, and a grain that is to
    /// leave answers nothing until it has ended its work. The gateway asks again, elsewhere.
    /// </summary>
    public static CallPatience OfGrain { get; } = new(TimeSpan.FromSeconds(4), IncludesUnanswered: false, AsksAnew: false, StorageTries: 1);
}
