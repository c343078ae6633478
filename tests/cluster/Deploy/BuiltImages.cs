using System.Diagnostics;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>Both images, as <c>deploy/images.sh</c> builds them once for the tests of a class.</summary>
public sealed class BuiltImages : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    internal ImageArchive Silo { get; private set; } = null!; // set before the first test, or it skips

    internal ImageArchive Gateway { get; private set; } = null!; // likewise

    /// <summary>A file of the silo's image.</summary>
    public string InSilo(string path) => _folder.File("silo", path);

    /// <summary>A file of the gateway's image.</summary>
    public string InGateway(string path) => _folder.File("gateway", path);

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var image = await BaseImage.ServeAsync();
        await BuildAsync(image.Name);
        Silo = ImageArchive.Open(_folder.File("images", "vault-silo.tar"), _folder.File("silo"));
        Gateway = ImageArchive.Open(_folder.File("images", "vault-gateway.tar"), _folder.File("gateway"));
    }

    /// <inheritdoc />
    public Task DisposeAsync() => Task.CompletedTask;

    /// <inheritdoc />
    public void Dispose()
    {
        Silo?.Dispose();
        Gateway?.Dispose();
        _folder.Dispose();
    }

    private async Task BuildAsync(string image)
    {
        Directory.CreateDirectory(_folder.File("tmp"));
        var start = new ProcessStartInfo("bash", [DeployFile.PathOf("images.sh"), _folder.File("images")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["VAULT_BASE_IMAGE"] = image,
                ["VAULT_CONFIGURATION"] = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug", // which is built already
                ["TMPDIR"] = _folder.File("tmp"), // the SDK keeps layers in it
                ["MSBUILDDISABLENODEREUSE"] = "1", // a process that stays would keep our output open
                ["UseSharedCompilation"] = "false",
            },
        };
        using var script = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var said = script.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = script.StandardError.ReadToEndAsync(patience.Token);
            await script.WaitForExitAsync(patience.Token);
            Assert.True(script.ExitCode == 0, await said + await errors);
        }
        catch (OperationCanceledException)
        {
            script.Kill(entireProcessTree: true);
            Assert.Fail($"deploy/images.sh does not end within {Patience}.");
        }
    }
}
