using System.Globalization;

namespace Vault.Bench;

/// <summary>Prints what goes into RESULTS.md as it is.</summary>
internal static class Report
{
    public static void Section(string title) => Console.WriteLine($"\n### {title}\n");

    public static void Row(string what, string figure) => Console.WriteLine($"- {what}: {figure}");

    public static void Note(string text) => Console.WriteLine($"\n{text}");

    public static string Rate(long bytes, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0 / seconds:F0} MiB/s");

    /// <summary>The middle of several runs; between the two in the middle where their number is even.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
