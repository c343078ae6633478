namespace Vault.Bench;

/// <summary>How much of the machine's processor time nobody used, as the kernel counts it.</summary>
internal sealed class ProcessorTime
{
    private readonly (double Idle, double All) _begin = Read();

    /// <summary>The unused part since this was made, 0 to 1.</summary>
    public double Free
    {
        get
        {
            var (idle, all) = Read();
            return (idle - _begin.Idle) / Math.Max(1, all - _begin.All);
        }
    }

    // cpu user nice system idle iowait irq softirq steal
    private static (double Idle, double All) Read()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
            .Select(field => double.Parse(field, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        return (fields[3] + fields[4], fields.Sum());
    }
}
