using System.Runtime.Versioning;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Keys;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Keys;

public sealed class KeyFileTests : IDisposable
{
    private const string Kind = "vault test keys 1";

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("test.key");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_WhatCreateWrote_HasTheSecrets()
    {
        using var secret = SecretBytes.Random(32);
        KeyFile.Create(Path, Kind, new Dictionary<string, SecretBytes> { ["one"] = secret });

        using var file = KeyFile.Open(Path, Kind);

        Assert.Equal(secret.Span, file.Take("one", 32).Span);
        Assert.Throws<KeyFileException>(() => file.Take("one", 16));
        Assert.Throws<KeyFileException>(() => file.Take("two", 32));
    }

    [Fact]
    public void Create_FileExists_LeavesItAsItIs()
    {
        GatewayKeys.Create(Path);
        var before = File.ReadAllBytes(Path);

        Assert.Throws<KeyFileException>(() => GatewayKeys.Create(Path));

        Assert.Equal(before, File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Create_FolderMissing_Throws() =>
        Assert.Throws<KeyFileException>(() => GatewayKeys.Create(_folder.File("missing", "gateway.key")));

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Create_OnUnix_IsForItsOwnerAlone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such modes.");
        GatewayKeys.Create(Path);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [SkippableTheory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [UnsupportedOSPlatform("windows")]
    public void Open_OthersHaveAccess_ThrowsAndSaysWhatToRun(UnixFileMode more)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such modes.");
        GatewayKeys.Create(Path);
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | more);

        var error = Assert.Throws<KeyFileException>(() => GatewayKeys.Open(Path));

        Assert.Contains($"chmod 600 '{Path}'", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Open_AsAnOrchestratorMountsIt_HasTheSecrets()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such modes.");
        GatewayKeys.Create(Path);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(_folder.File("mounted.key"), Path);

        using var keys = GatewayKeys.Open(_folder.File("mounted.key"));

        Assert.Equal(32, keys.ClusterKey.Length);
    }

    [Fact]
    public void Open_Missing_ThrowsAndNamesIt()
    {
        var error = Assert.Throws<KeyFileException>(() => GatewayKeys.Open(Path));

        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CutAnywhere_Throws()
    {
        GatewayKeys.Create(Path);
        var whole = File.ReadAllBytes(Path);

        for (var length = 0; length < whole.Length - 1; length++) // the last line break is not needed
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.Throws<KeyFileException>(() => GatewayKeys.Open(Path));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("# another kind\n")]
    [InlineData("# vault test keys 1\nno equals sign\n")]
    [InlineData("# vault test keys 1\n = AAAA\n")]
    [InlineData("# vault test keys 1\none = \n")]
    [InlineData("# vault test keys 1\none = no base64!\n")]
    [InlineData("# vault test keys 1\none = AAAA\none = AAAA\n")]
    [InlineData("# vault test keys 1\n\none = AAAA\n")]
    public void Open_Damaged_Throws(string text)
    {
        WritePrivate(text);

        Assert.Throws<KeyFileException>(() => KeyFile.Open(Path, Kind));
    }

    [Fact]
    public void Open_FarTooLong_Throws()
    {
        WritePrivate("# vault test keys 1\n" + new string('x', 100_000));

        Assert.Throws<KeyFileException>(() => KeyFile.Open(Path, Kind));
    }

    [Fact]
    public void Open_SecretsOfAnyBytes_AreReadAsWritten()
    {
        for (var length = 1; length <= 64; length++)
        {
            var path = _folder.File($"{length}.key");
            using var secret = new SecretBytes(RandomNumberGenerator.GetBytes(length));
            KeyFile.Create(path, Kind, new Dictionary<string, SecretBytes> { ["one"] = secret });

            using var file = KeyFile.Open(path, Kind);

            Assert.Equal(secret.Span, file.Take("one", length).Span);
        }
    }

    private void WritePrivate(string text)
    {
        File.WriteAllText(Path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
