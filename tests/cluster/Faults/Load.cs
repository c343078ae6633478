namespace Vault.Cluster.Tests.Faults;

/// <summary>How many work at once while something dies.</summary>
/// <param name="Senders">Who send files.</param>
/// <param name="Receivers">Who receive files.</param>
/// <param name="Granters">Who send files and give them to somebody.</param>
/// <param name="Logins">Who sign in.</param>
/// <param name="Enough">So many sends acknowledged show that work is under way, or goes on.</param>
internal sealed record Load(int Senders, int Receivers, int Granters, int Logins, int Enough)
{
    private const string Switch = "VAULT_TEST_FAULTS";

    // Leaves a small machine time for what runs beside it.
    private static readonly Load Light = new(Senders: 8, Receivers: 6, Granters: 4, Logins: 2, Enough: 12);

    // Two hundred: minutes, and all of the machine.
    private static readonly Load Heavy = new(Senders: 100, Receivers: 60, Granters: 30, Logins: 10, Enough: 40);

    /// <summary>Twenty at once, or two hundred with <c>VAULT_TEST_FAULTS=1</c>.</summary>
    public static Load Chosen => Environment.GetEnvironmentVariable(Switch) == "1" ? Heavy : Light;

    /// <summary>All of them.</summary>
    public int Workers => Senders + Receivers + Granters + Logins;
}
