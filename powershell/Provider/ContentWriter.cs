using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Text;

namespace Vault.PowerShell.Provider;

/// <summary>Gathers what Set-Content writes in a temporary file that the person alone can read, and stores it at the end.</summary>
/// <param name="store">Called once, with the path of the file.</param>
internal sealed class ContentWriter(Action<string> store) : IContentWriter
{
    private readonly FileStream _file = new(
        Path.Combine(Path.GetTempPath(), $"vault-{Guid.NewGuid():N}"),
        OperatingSystem.IsWindows()
            ? new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write }
            : new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });

    private bool _closed, _failed;

    /// <summary>Whether bytes come, and not lines of text.</summary>
    public bool AsBytes { get; set; }

    /// <summary>Whether a line's end follows each item of text.</summary>
    public bool EndsLines { get; set; } = true;

    /// <inheritdoc />
    public IList Write(IList content)
    {
        ArgumentNullException.ThrowIfNull(content);
        try
        {
            foreach (var item in content)
            {
                Write(item is PSObject wrapped ? wrapped.BaseObject : item);
            }
        }
        catch
        {
            _failed = true;
            throw;
        }

        return content;
    }

    /// <summary>Only Add-Content seeks, to the end of what is there.</summary>
    public void Seek(long offset, SeekOrigin origin)
    {
        _failed = true; // the engine closes all the same: nothing must take the place of what is stored
        throw new NotSupportedException("A stored file is never added to: read it, and set its whole content.");
    }

    /// <summary>Stores what was written, unless that was done, or something was refused.</summary>
    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        try
        {
            _file.Dispose();
            if (!_failed)
            {
                store(_file.Name);
            }
        }
        finally
        {
            File.Delete(_file.Name);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Close();

    private void Write(object? item)
    {
        if (!AsBytes)
        {
            _file.Write(Encoding.UTF8.GetBytes($"{item}{(EndsLines ? Environment.NewLine : "")}"));
        }
        else if (item is byte[] block)
        {
            _file.Write(block);
        }
        else if (LanguagePrimitives.TryConvertTo<byte>(item, out var one))
        {
            _file.WriteByte(one);
        }
        else
        {
            throw new ArgumentException("With -AsByteStream, content is bytes.");
        }
    }
}
