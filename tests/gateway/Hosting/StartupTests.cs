using Microsoft.Extensions.Configuration;
using Vault.Gateway.Hosting;

namespace Vault.Gateway.Tests.Hosting;

public sealed class StartupTests
{
    [Fact]
    public void CreateBuilder_SettingsInFiles_LieBesideTheProgramAndAreNotWatched()
    {
        var builder = Startup.CreateBuilder([]);

        Assert.Equal(
            Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), Path.TrimEndingDirectorySeparator(builder.Environment.ContentRootPath));
        var files = ((IConfigurationBuilder)builder.Configuration).Sources.OfType<FileConfigurationSource>().ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.False(file.ReloadOnChange));
    }

    [Theory]
    [InlineData("Vault:Registratoin means nothing", "--Vault:Registratoin:Mode")]
    [InlineData("Vault:MaxConections means nothing", "--Vault:MaxConections")]
    [InlineData("Vault:Cluster:Rediss means nothing", "--Vault:Cluster:Rediss")]
    [InlineData("Vault:Ops:Lisen means nothing", "--Vault:Ops:Lisen")]
    [InlineData("Vault:Telemetry:Oltp means nothing", "--Vault:Telemetry:Oltp")]
    public void CreateBuilder_NameThatNothingReads_IsRefused(string told, string option)
    {
        var error = Assert.Throws<OptionsException>(() => Startup.CreateBuilder([option, "1"]));
        Assert.StartsWith(told, error.Message, StringComparison.Ordinal);
    }
}
