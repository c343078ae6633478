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
}
