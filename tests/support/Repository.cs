namespace Vault.Tests.Support;

/// <summary>Where the sources lie, found from the test binaries upwards.</summary>
public static class Repository
{
    /// <summary>The folder that holds <c>Vault.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Vault.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Vault.sln above {AppContext.BaseDirectory}.");
    }
}
