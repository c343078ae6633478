using System.Text.Json;

namespace Vault.Tests.Support;

/// <summary>Published test vectors, kept beside the project in <c>../shared/vectors</c>.</summary>
public static class Vectors
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "vectors"));

    /// <summary>Reads one vector file, or skips the calling test and says that the folder is absent.</summary>
    public static JsonDocument Open(string fileName)
    {
        var path = Path.Combine(Folder, fileName);
        Skip.IfNot(File.Exists(path), $"The published vectors are not beside this checkout: ../shared/vectors/{fileName} is absent.");
        return JsonDocument.Parse(File.ReadAllBytes(path));
    }
}
