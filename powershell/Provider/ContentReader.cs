using System.Collections;
using System.Management.Automation.Provider;

namespace Vault.PowerShell.Provider;

/// <summary>Hands out a stored file as Get-Content asks for it: bytes, or lines of text in UTF-8.</summary>
/// <param name="content">Owned; each part was verified before it comes out.</param>
internal sealed class ContentReader(Stream content) : IContentReader
{
    private const int BlockSize = 64 * 1024;

    private readonly StreamReader _text = new(content);
    private bool _isRead;

    /// <summary>Whether bytes are read, and not lines of text.</summary>
    public bool AsBytes { get; set; }

    /// <summary>Whether all of it is one item: a text, or an array of bytes.</summary>
    public bool IsRaw { get; set; }

    /// <summary>The next bytes or lines; empty at the end.</summary>
    /// <param name="readCount">How many; zero or less for all that is left.</param>
    public IList Read(long readCount) => IsRaw ? ReadWhole() : AsBytes ? ReadBytes(readCount) : ReadLines(readCount);

    /// <inheritdoc />
    public void Seek(long offset, SeekOrigin origin)
    {
        content.Seek(offset, origin);
        _text.DiscardBufferedData();
        _isRead = false;
    }

    /// <inheritdoc />
    public void Close() => _text.Dispose();

    /// <inheritdoc />
    public void Dispose() => Close();

    // Once, also where there is nothing: an empty file is an empty text.
    private object[] ReadWhole()
    {
        if (_isRead)
        {
            return [];
        }

        _isRead = true;
        return [AsBytes ? ReadBytes(0) : _text.ReadToEnd()];
    }

    private byte[] ReadBytes(long count)
    {
        if (count <= 0)
        {
            using var all = new MemoryStream();
            content.CopyTo(all, BlockSize);
            return all.ToArray();
        }

        var block = new byte[Math.Min(count, content.Length - content.Position)];
        content.ReadExactly(block);
        return block;
    }

    private List<string> ReadLines(long count)
    {
        var lines = new List<string>();
        while ((count <= 0 || lines.Count < count) && _text.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
