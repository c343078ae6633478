namespace Vault.PowerShell.Tests;

public sealed class TargetPathPropertyTests
{
    private const int Runs = 20_000;

    private static readonly string[] Pieces =
    [
        "/", "/", "\\", ".", "..", "...", " ", "\0", "\n", "\u001f", "a", "b.txt", "C:", "con", "NUL.tar.gz", "com\u00b9", "lpt9 ", "AUX ", "é", "🔐", ":", "?", "~", "日本",
    ];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void TryBelow_AnyName_NeverLeadsOutOfTheFolder(int seed, bool windows)
    {
        var random = new Random(seed);
        var folder = Path.Combine(Path.GetTempPath(), "target");
        var accepted = 0;
        for (var run = 0; run < Runs; run++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (!TargetPath.TryBelow(folder, name, windows, out var path))
            {
                continue;
            }

            accepted++;
            Assert.StartsWith(folder + Path.DirectorySeparatorChar, Path.GetFullPath(path), StringComparison.Ordinal);
            Assert.Equal(name, Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'));
            if (windows)
            {
                Assert.DoesNotContain(name, c => c is '\\' or ':' or '?' || c < ' ');
                Assert.All(name.Split('/'), segment => Assert.False(
                    segment.EndsWith('.') || segment.EndsWith(' ') || IsDevice(segment), $"'{segment}' is no file name on Windows."));
            }
        }

        Assert.InRange(accepted, Runs / 100, Runs);
    }

    private static bool IsDevice(string segment) => segment.Split('.')[0].TrimEnd(' ').ToUpperInvariant() is "CON" or "NUL" or "AUX" or "LPT9" or "COM\u00b9";
}
