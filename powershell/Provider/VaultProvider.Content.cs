using System.Management.Automation.Provider;
using Vault.Client;

namespace Vault.PowerShell.Provider;

/// <summary>What Get-Content and Set-Content do.</summary>
public sealed partial class VaultProvider : IContentCmdletProvider
{
    /// <inheritdoc />
    public object GetContentReaderDynamicParameters(string path) => new VaultReadParameters();

    /// <inheritdoc />
    public object GetContentWriterDynamicParameters(string path) => new VaultWriteParameters();

    /// <summary>Set-Content clears first; what is stored stays until there is something to store in its place. Clear-Content, which has nothing,
    /// is refused.</summary>
    public void ClearContent(string path) => Try(path, name =>
    {
        if (IsCalledBy("ClearContentCommand"))
        {
            throw new ArgumentException($"'{name}' is not cleared: Set-Content stores other content in its place, and Remove-Item takes it away.");
        }
    });

    /// <inheritdoc />
    public object? ClearContentDynamicParameters(string path) => null;

    /// <inheritdoc />
    public IContentReader? GetContentReader(string path)
    {
        ContentReader? reader = null;
        Try(path, name =>
        {
            var file = Wait(stop => Drive.Index.FindFileAsync(name, stop))
                ?? throw new VaultException(VaultErrorCode.NotFound, $"There is no file '{name}' on the drive.");
            using var password = Content?.Password?.ToSecretBytes();
            var options = new ReceiveOptions { Password = password };
            reader = new ContentReader(Wait(stop => Drive.Session.OpenReadAsync(file, options, stop)))
            {
                AsBytes = Content?.AsByteStream ?? false,
                IsRaw = (Content as VaultReadParameters)?.Raw ?? false,
            };
        });
        return reader;
    }

    /// <inheritdoc />
    public IContentWriter? GetContentWriter(string path)
    {
        ContentWriter? writer = null;
        Try(path, name =>
        {
            MustFit(name, isFolder: false);
            if (ShouldProcess(name, "Store what comes as the file's next version"))
            {
                writer = new ContentWriter(temporary => Store(path, name, temporary))
                {
                    AsBytes = Content?.AsByteStream ?? false,
                    EndsLines = !((Content as VaultWriteParameters)?.NoNewline ?? false),
                };
            }
        });
        return writer;
    }

    private VaultContentParameters? Content => DynamicParameters as VaultContentParameters;

    private void Store(string path, string name, string temporary) => Try(path, _ =>
    {
        if (Stopping)
        {
            return; // Ctrl+C: what came so far is not what was meant
        }

        using var password = Content?.Password?.ToSecretBytes();
        var options = new SendOptions { Password = password };
        Wait(stop => Drive.Session.SendAsync(temporary, name, options, null, stop));
        Changed();
    });
}
