using System.Text;
using Vault.Client.Files;

namespace Vault.Client.Tests.Files;

public sealed class VaultPathTests
{
    private const int Runs = 20_000;

    // What names are attacked with: separators, dots, controls, devices, letters that Unicode composes.
    private static readonly string[] Pieces =
    [
        "/", "/", "\\", ".", "..", "...", " ", "\0", "\n", "\u007f", "\u0085", "a", "CON", "e\u0301", "é", "\u212b", "\ud83d\udd10", "\ud83d", ":", "~", "-", "日本",
    ];

    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.txt")]
    [InlineData(".hidden")]
    [InlineData("...")]
    [InlineData("trailing.")]
    [InlineData("trailing ")]
    [InlineData("CON/NUL")]
    [InlineData("back\\slash")]
    [InlineData("日本語/🔐")]
    public void Normalise_NormalName_StaysAsItIs(string name)
    {
        Assert.Equal(name, VaultPath.Normalise(name));
        Assert.True(VaultPath.IsNormal(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("../../etc/passwd")]
    [InlineData("a/./b")]
    [InlineData("nul\0byte")]
    [InlineData("new\nline")]
    [InlineData("escape\u001b[31m")]
    [InlineData("delete\u007f")]
    [InlineData("c1\u0085")]
    public void Normalise_NoName_IsRefused(string name)
    {
        var error = Assert.Throws<VaultException>(() => VaultPath.Normalise(name));
        Assert.Equal(VaultErrorCode.InvalidRequest, error.Code);
        Assert.False(VaultPath.IsNormal(name));
    }

    [Fact]
    public void Normalise_HalfASurrogatePair_IsRefused() => // not in the data above, which travels as UTF-8
        Assert.Throws<VaultException>(() => VaultPath.Normalise("half a pair \ud83d"));

    [Fact]
    public void Normalise_DecomposedName_IsComposed()
    {
        Assert.Equal("caf\u00e9", VaultPath.Normalise("cafe\u0301"));
        Assert.Equal("\u00c5", VaultPath.Normalise("\u212b")); // the sign for ångström is the letter
        Assert.False(VaultPath.IsNormal("cafe\u0301"));
    }

    [Fact]
    public void Normalise_LengthLimit_IsOfTheNormalForm()
    {
        Assert.Equal(VaultPath.MaxLength, VaultPath.Normalise(new string('a', VaultPath.MaxLength)).Length);
        Assert.Throws<VaultException>(() => VaultPath.Normalise(new string('a', VaultPath.MaxLength + 1)));
        var decomposed = string.Concat(Enumerable.Repeat("e\u0301", VaultPath.MaxLength));
        Assert.Equal(VaultPath.MaxLength, VaultPath.Normalise(decomposed).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Normalise_AnyText_IsRefusedOrNamesAPlaceBelowEveryFolder(int seed)
    {
        var random = new Random(seed);
        var root = Path.Combine(Path.GetTempPath(), "folder");
        var accepted = 0;
        for (var run = 0; run < Runs; run++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            string path;
            try
            {
                path = VaultPath.Normalise(name);
            }
            catch (VaultException)
            {
                continue;
            }

            accepted++;
            Assert.Equal(path, VaultPath.Normalise(path));
            Assert.True(path.IsNormalized(NormalizationForm.FormC));
            if (!OperatingSystem.IsWindows()) // there TargetPath refuses what its file names cannot be
            {
                var full = Path.GetFullPath(Path.Combine(root, path));
                Assert.StartsWith(root + '/', full, StringComparison.Ordinal);
                Assert.Equal(path, full[(root.Length + 1)..]);
            }
        }

        Assert.InRange(accepted, Runs / 100, Runs);
    }
}
