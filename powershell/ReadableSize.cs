using System.Globalization;

namespace Vault.PowerShell;

/// <summary>Sizes as people read them. The objects themselves hold numbers.</summary>
internal static class ReadableSize
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>For instance <c>512 B</c>, <c>1.5 KiB</c>, <c>40.0 MiB</c>; powers of 1024, the person's decimal
    /// sign.</summary>
    /// <param name="bytes">Zero or more.</param>
    public static string Text(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.CurrentCulture, $"{value:0.0} {Units[unit]}");
    }
}
