using System.Text;
using Vault.PowerShell.Provider;

namespace Vault.PowerShell.Tests;

/// <summary>What Set-Content and Add-Content drive: what was refused must not end as an empty or half file in the place of what is stored.</summary>
public sealed class ContentWriterTests
{
    private readonly List<string> _stored = [];

    [Fact]
    public void Close_AfterWriting_StoresOnce()
    {
        using (var writer = NewWriter())
        {
            writer.Write(new[] { "one", "two" });
            writer.Close();
        }

        Assert.Equal([$"one{Environment.NewLine}two{Environment.NewLine}"], _stored);
    }

    [Fact]
    public void Close_AfterSeek_StoresNothing()
    {
        using (var writer = NewWriter())
        {
            Assert.Throws<NotSupportedException>(() => writer.Seek(0, SeekOrigin.End));
        }

        Assert.Empty(_stored);
    }

    [Fact]
    public void Close_AfterSomethingThatIsNoByte_StoresNothing()
    {
        using (var writer = NewWriter())
        {
            writer.AsBytes = true;
            writer.Write(new object[] { (byte)1 });
            Assert.Throws<ArgumentException>(() => writer.Write(new object[] { "no byte" }));
        }

        Assert.Empty(_stored);
    }

    private ContentWriter NewWriter() => new(path => _stored.Add(File.ReadAllText(path, Encoding.UTF8)));
}
